namespace Ottla.Configuration.Settings;

/// <summary>What came of judging a node's static config.</summary>
/// <param name="Settings">Null when there are errors.</param>
/// <param name="Errors">One line each: which config, what is wrong, what is allowed, where it stands. The node must not start.</param>
/// <param name="Warnings">One line each: a name that nobody knows, a name given twice.</param>
/// <param name="WithoutEffect">One line each: a config that is known, was given, and does nothing yet.</param>
public sealed record LoadedSettings(
    BrokerSettings? Settings, IReadOnlyList<string> Errors, IReadOnlyList<string> Warnings, IReadOnlyList<string> WithoutEffect);
