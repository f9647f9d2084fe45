namespace Ottla.Configuration.Sources;

/// <summary>Which config an environment variable sets, by the rules of Kafka's official container image.</summary>
/// <remarks>
/// `KAFKA_ADVERTISED_LISTENERS` is `advertised.listeners`; `__` stands for `_` and `___` for `-`. `OTTLA_HTTP_LISTENER` is
/// `ottla.http.listener`.
/// Variables that speak to Kafka's start scripts, to the JVM or to log4j are no configs.
/// </remarks>
public static class EnvironmentNames
{
    private const string Kafka = "KAFKA_";
    private const string Ottla = "OTTLA_";

    /// <summary>Null when the variable sets no config.</summary>
    public static string? ToConfig(string variable)
    {
        if (variable.StartsWith(Kafka, StringComparison.Ordinal))
            return variable.Length == Kafka.Length || SpeaksToScripts(variable) ? null : Translate(variable.AsSpan(Kafka.Length));
        if (variable.StartsWith(Ottla, StringComparison.Ordinal) && variable.Length > Ottla.Length)
            return "ottla." + Translate(variable.AsSpan(Ottla.Length));
        return null;
    }

    // The image's own list, and what Kafka's start scripts read; the image's list has KAFKA_HEAP_OPT, which nobody sets.
    private static bool SpeaksToScripts(string variable) => variable is
        "KAFKA_VERSION" or "KAFKA_HEAP_OPT" or "KAFKA_HEAP_OPTS" or "KAFKA_OPTS" or "KAFKA_JVM_PERFORMANCE_OPTS" or "KAFKA_GC_LOG_OPTS"
        or "KAFKA_JMX_OPTS" or "KAFKA_JMX_PORT" or "KAFKA_JMX_HOSTNAME" or "KAFKA_LOG4J_OPTS" or "KAFKA_LOG4J_CMD_OPTS"
        or "KAFKA_LOG4J_ROOT_LOGLEVEL" or "KAFKA_LOG4J_LOGGERS" or "KAFKA_TOOLS_LOG4J_LOGLEVEL" or "KAFKA_DEBUG" or "KAFKA_HOME"
        or "KAFKA_CLUSTER_ID" or "KAFKA_RELEASE" or "KAFKA_SCALA_VERSION";

    private static string Translate(ReadOnlySpan<char> text)
    {
        var name = new System.Text.StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var run = 0;
            while (at + run < text.Length && run < 3 && text[at + run] is '_' or '.') run++;
            if (run == 0) name.Append(char.ToLowerInvariant(text[at++]));
            else
            {
                name.Append(run switch { 1 => '.', 2 => '_', _ => '-' });
                at += run;
            }
        }

        return name.ToString();
    }
}
