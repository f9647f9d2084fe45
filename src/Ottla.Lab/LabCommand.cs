using System.Globalization;

namespace Ottla.Lab;

/// <summary>What can be done to a lab.</summary>
internal enum LabAction
{
    Kill,
    Stop,
    Start,
    Freeze,
    Status,
    Help,
    Quit,
}

/// <summary>One line at the lab's prompt, or behind `ottla lab`.</summary>
/// <param name="Action">What to do.</param>
/// <param name="Node">To which node; 0 where the action has none.</param>
internal sealed record LabCommand(LabAction Action, int Node = 0)
{
    public const string Usage = """
        kill N     end node N at once, as a crash would
        stop N     stop node N in good order
        freeze N   make node N stand still: it keeps its connections and answers nobody
        start N    start node N again, or let a frozen one go on
        status     what each node does, and whether the partitions are in sync
        quit       stop all nodes (Ctrl-C does, too)
        """;

    /// <summary>Whether a word is the beginning of a command, so that `ottla lab kill 2` is told from `ottla lab 3`.</summary>
    public static bool Begins(string word) => Find(word) is not null;

    /// <summary>Null and what is wrong with it where it is none.</summary>
    public static LabCommand? Parse(string line, int nodes, out string? problem)
    {
        var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        problem = null;
        if (words.Length == 0 || Find(words[0]) is not { } action)
        {
            problem = $"There is no command '{(words.Length == 0 ? "" : words[0])}'. There are:\n{Usage}";
            return null;
        }

        var needsNode = action is LabAction.Kill or LabAction.Stop or LabAction.Start or LabAction.Freeze;
        if (words.Length != (needsNode ? 2 : 1))
        {
            problem = needsNode ? $"{words[0]} which node? Say {words[0]} N, with N from 1 to {nodes}." : $"{words[0]} stands alone.";
            return null;
        }

        if (!needsNode) return new LabCommand(action);
        if (int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var node) && node >= 1 && node <= nodes)
            return new LabCommand(action, node);
        problem = $"There is no node '{words[1]}': they are numbered from 1 to {nodes}.";
        return null;
    }

    private static LabAction? Find(string word) => word switch
    {
        "kill" => LabAction.Kill,
        "stop" => LabAction.Stop,
        "start" => LabAction.Start,
        "freeze" => LabAction.Freeze,
        "status" => LabAction.Status,
        "help" => LabAction.Help,
        "quit" or "exit" => LabAction.Quit,
        _ => null,
    };
}
