using System.Text;

namespace Ottla.Configuration.Catalogs;

/// <summary>What each config does, in a sentence or two: for DescribeConfigs, the tools and whoever asks.</summary>
/// <remarks>Read on the first request that asks for documentation; nobody else pays for it. A line has the names, parted by commas, and the
/// text; one that begins with a blank goes on with the text before it.</remarks>
internal static partial class Documentation
{
    private static Dictionary<string, string>? _sentences;

    public static string? Of(string name) => (_sentences ??= Read()).GetValueOrDefault(name);

    internal static IReadOnlyCollection<string> Names => (_sentences ??= Read()).Keys;

    private static Dictionary<string, string> Read()
    {
        var sentences = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var table in (string[])[NodeTable, LogTable, ReplicasTable, GroupsTable, SecurityTable])
        {
            var names = "";
            var text = new StringBuilder();
            foreach (var line in table.Split('\n'))
            {
                if (line[0] == ' ')
                {
                    text.Append(' ').Append(line.AsSpan().TrimStart());
                    continue;
                }

                Keep(sentences, names, text);
                var end = line.IndexOf(' ');
                names = line[..end];
                text.Append(line.AsSpan(end + 1));
            }

            Keep(sentences, names, text);
        }

        return sentences;
    }

    private static void Keep(Dictionary<string, string> sentences, string names, StringBuilder text)
    {
        if (names.Length == 0) return;
        var sentence = text.ToString();
        text.Clear();
        foreach (var name in names.Split(',')) sentences[name] = sentence;
    }
}
