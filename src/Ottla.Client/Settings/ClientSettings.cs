using System.Globalization;

namespace Ottla.Client.Settings;

/// <summary>Settings by the names that Apache Kafka gives them (`linger.ms`), as they come from a properties file or a command
/// line.</summary>
/// <remarks>A name that no client knows is passed over, as Kafka does; a value that is not allowed is an error that names both.</remarks>
public sealed class ClientSettings(IReadOnlyDictionary<string, string> values)
{
    public bool Has(string name) => values.ContainsKey(name);

    public string Text(string name, string byDefault) => values.TryGetValue(name, out var value) ? value : byDefault;

    public string? TextOrNull(string name) => values.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    /// <exception cref="SettingException">No whole number, or below the least.</exception>
    public int Int(string name, int byDefault, int least)
    {
        if (!values.TryGetValue(name, out var text)) return byDefault;
        if (!int.TryParse(text.AsSpan().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            throw Invalid(name, text, long.TryParse(text.AsSpan().Trim(), out _) ? "Value must be at most 2147483647"
                : $"Not a number of type {TypeOf(name)}");
        return value >= least ? value : throw Invalid(name, text, $"Value must be at least {least}");
    }

    /// <exception cref="SettingException">Neither true nor false.</exception>
    public bool Bool(string name, bool byDefault)
    {
        if (!values.TryGetValue(name, out var text)) return byDefault;
        return bool.TryParse(text.AsSpan().Trim(), out var value) ? value
            : throw Invalid(name, text, "Expected value to be either true or false");
    }

    /// <exception cref="SettingException">None of the choices.</exception>
    public string OneOf(string name, string byDefault, params ReadOnlySpan<string> choices)
    {
        var text = Text(name, byDefault);
        foreach (var choice in choices)
        {
            if (choice == text) return text;
        }

        throw Invalid(name, text, $"String must be one of: {string.Join(", ", choices.ToArray())}");
    }

    /// <summary>This client speaks plain TCP. Going on without the encryption or the login that was asked for would be worse than to
    /// stop.</summary>
    /// <exception cref="SettingException">A security protocol other than PLAINTEXT is set.</exception>
    public void RefuseSecurity()
    {
        var protocol = Text("security.protocol", "PLAINTEXT");
        if (!protocol.Equals("PLAINTEXT", StringComparison.OrdinalIgnoreCase))
            throw Invalid("security.protocol", protocol, "this client speaks PLAINTEXT alone; connect to a listener of that kind");
    }

    private static SettingException Invalid(string name, string value, string why) =>
        new($"Invalid value {value} for configuration {name}: {why}");

    /// <summary>Which kind of number Apache Kafka has for the name: it says so in its message.</summary>
    private static string TypeOf(string name) => name switch
    {
        "linger.ms" or "max.block.ms" or "buffer.memory" or "retry.backoff.ms" or "retry.backoff.max.ms" or "reconnect.backoff.ms"
            or "reconnect.backoff.max.ms"
            or "metadata.max.age.ms" or "socket.connection.setup.timeout.ms" => "LONG",
        _ => "INT",
    };
}
