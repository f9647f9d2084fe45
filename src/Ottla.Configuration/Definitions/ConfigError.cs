namespace Ottla.Configuration.Definitions;

/// <summary>A value that its config does not accept.</summary>
public sealed class ConfigError
{
    /// <summary>A reason that begins so is a message by itself: Kafka says such things without "Invalid value".</summary>
    internal const string WholeMessage = "Configuration '";

    private readonly ConfigDefinition _config;

    internal ConfigError(ConfigDefinition config, string? value, string reason)
    {
        _config = config;
        Value = value;
        Reason = reason;
    }

    public string Name => _config.Name;

    public string? Value { get; }

    /// <summary>What is wrong, in the words that Kafka's tools print: "Not a number of type LONG".</summary>
    public string Reason { get; }

    /// <summary>For the wire: clients and scripts look for these words.</summary>
    public string WireMessage => Reason.StartsWith(WholeMessage, StringComparison.Ordinal)
        ? Reason
        : $"Invalid value {Shown} for configuration {Name}: {Reason}";

    /// <summary>For people: name, value, what is allowed, and where the value stands.</summary>
    public string Explain(string? where)
    {
        var text = $"{Name}={Shown} is not allowed: {_config.Allowed.Describe(_config)}.";
        return where is null ? text : $"{text} ({where})";
    }

    private string? Shown => _config.IsSensitive ? "[hidden]" : Quote.Of(Value);

    public override string ToString() => WireMessage;
}
