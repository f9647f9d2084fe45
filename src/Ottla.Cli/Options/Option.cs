namespace Ottla.Cli.Options;

/// <summary>Whether an option takes a value.</summary>
internal enum Argument
{
    None,
    Required,

    /// <summary>Taken when the next word does not look like an option.</summary>
    Optional,
}

/// <summary>One option of a tool: `--name`, or `--name value`.</summary>
/// <param name="Kind">What the value is, for the table of options: `Integer: partitions`.</param>
/// <param name="Default">The value where the option is not given; null is none.</param>
internal sealed record Option(string Name, string Description, Argument Argument = Argument.None, string Kind = "", string? Default = null,
    bool Required = false)
{
    /// <summary>The name between brackets, as Kafka's messages have it.</summary>
    public override string ToString() => $"[{Name}]";
}
