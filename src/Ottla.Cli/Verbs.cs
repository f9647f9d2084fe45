using Ottla.Cli.Tools;

namespace Ottla.Cli;

/// <summary>Every verb, with the sentence that says what it does. A tool's code is loaded when it is asked for and not before.</summary>
public static class Verbs
{
    private static readonly (string Name, string Summary, Func<IVerb> Make)[] All =
    [
        ("console-consumer", "print the records of topics", static () => new ConsoleConsumer()),
        ("console-producer", "send each line of standard input as a record", static () => new ConsoleProducer()),
        ("dump-log", "print what is in segment, index and snapshot files", static () => new DumpLog()),
        ("storage", "format a node's log directories, or say what is in them", static () => new Storage()),
        ("topics", "create, list, describe, alter and delete topics", static () => new Topics()),
    ];

    /// <summary>The version of this program.</summary>
    public static string Version => typeof(Verbs).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>The verb of that name; null where there is none.</summary>
    public static IVerb? Find(string name)
    {
        foreach (var verb in All)
        {
            if (verb.Name == name) return verb.Make();
        }

        return null;
    }

    /// <summary>The page of `ottla --help`.</summary>
    public static void Help(TextWriter output)
    {
        output.WriteLine("Ottla: Apache Kafka's protocol, files and tools in one program.");
        output.WriteLine();
        output.WriteLine("usage: ottla VERB [options]");
        output.WriteLine();
        WriteVerb(output, "start", "run a node: ottla start FILE.properties [--override KEY=VALUE]...");
        foreach (var verb in All) WriteVerb(output, verb.Name, verb.Summary);
        output.WriteLine();
        output.WriteLine(
            "ottla VERB --help lists the options of a verb; they are those of kafka-VERB.sh. ottla --version prints the version.");
    }

    /// <summary>What to tell those who asked for a verb that is not there.</summary>
    public static void Unknown(string name, TextWriter error)
    {
        error.WriteLine($"ottla: there is no verb '{name}'. Known: start, {string.Join(", ", All.Select(verb => verb.Name))}.");
        error.WriteLine("ottla --help says what they do.");
    }

    private static void WriteVerb(TextWriter output, string name, string summary) => output.WriteLine($"  {name,-18}{summary}");
}
