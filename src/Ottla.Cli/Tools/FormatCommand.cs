using Ottla.Configuration.Settings;

namespace Ottla.Cli.Tools;

/// <summary>The command that formats a node's directories, whole, for whoever started a node whose directories are not formatted.</summary>
public static class FormatCommand
{
    /// <param name="file">The properties file, as the user named it.</param>
    /// <param name="node">What is in it.</param>
    /// <param name="clusterId">Of those of its directories that are formatted; null where none is.</param>
    public static string For(string file, NodeSettings node, string? clusterId)
    {
        var id = clusterId is null ? "$(ottla storage random-uuid)" : Quoted(clusterId);
        var voters = node.IsController && node.Voters.Count == 0 ? " --standalone" : "";
        var others = clusterId is null ? "" : " --ignore-formatted";
        var command = $"ottla storage format -t {id} -c {Quoted(file)}{voters}{others}";
        var isAlone = node.IsController && node.IsBroker && node.Voters.Count <= 1;
        if (isAlone && voters.Length == 0) return $"Format it with:\n\n    {command}\n";
        var joins = voters.Length == 0
            ? ""
            : "\nA controller that is to join others takes --no-initial-controllers in place of --standalone.";
        return $"Format it with:\n\n    {command}\n\nAll nodes of a cluster are formatted with one id.{joins}";
    }

    // for a shell: what is more than letters that mean nothing to it stands in quotes
    private static string Quoted(string text) =>
        text.All(letter => char.IsLetterOrDigit(letter) || letter is '.' or '/' or '-' or '_' or ':' or '\\') && text.Length > 0
            ? text
            : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
