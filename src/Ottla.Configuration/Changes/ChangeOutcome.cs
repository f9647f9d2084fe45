using Ottla.Configuration.Definitions;
using Ottla.Protocol.Primitives;

namespace Ottla.Configuration.Changes;

/// <summary>What came of a change of dynamic configs. A refused change has changed nothing.</summary>
public sealed class ChangeOutcome
{
    private ChangeOutcome(
        ErrorCode error, string? message, IReadOnlyDictionary<string, string> configs, IReadOnlyList<KeyValuePair<string, string?>> delta)
    {
        Error = error;
        Message = message;
        Configs = configs;
        Delta = delta;
    }

    public ErrorCode Error { get; }

    /// <summary>For the client; null when nothing is wrong. Carries the words that Kafka's tools are known by.</summary>
    public string? Message { get; }

    /// <summary>All dynamic configs of the entity afterwards.</summary>
    public IReadOnlyDictionary<string, string> Configs { get; }

    /// <summary>What is to be recorded: only names whose value is another now; null deletes.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Delta { get; }

    public bool IsRefused => Error != ErrorCode.None;

    internal static ChangeOutcome Refused(IReadOnlyDictionary<string, string> current, ConfigRefusal refusal) =>
        new(refusal.Error, refusal.Message, current, []);

    internal static ChangeOutcome Accepted(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after)
    {
        var delta = new List<KeyValuePair<string, string?>>();
        foreach (var (name, value) in after)
        {
            if (!before.TryGetValue(name, out var old) || old != value) delta.Add(new(name, value));
        }

        foreach (var name in before.Keys)
        {
            if (!after.ContainsKey(name)) delta.Add(new(name, null));
        }

        return new(ErrorCode.None, null, after, delta);
    }
}

/// <summary>Why a change is not made.</summary>
public sealed record ConfigRefusal(ErrorCode Error, string Message)
{
    internal static ConfigRefusal InvalidConfig(string message) => new(ErrorCode.InvalidConfig, Quote.Message(message));

    internal static ConfigRefusal InvalidRequest(string message) => new(ErrorCode.InvalidRequest, Quote.Message(message));
}
