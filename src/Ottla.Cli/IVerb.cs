namespace Ottla.Cli;

/// <summary>One word behind `ottla`: a tool of Apache Kafka, `topics` for `kafka-topics.sh`.</summary>
public interface IVerb
{
    /// <summary>Runs the tool; returns the exit status that the tool of Apache Kafka would have.</summary>
    Task<int> Run(string[] args, CliContext context);
}
