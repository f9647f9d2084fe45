namespace Ottla.Cli.Options;

/// <summary>A command line that cannot be read: an unknown option, a value that is missing or of the wrong type.</summary>
internal sealed class OptionException(string message) : Exception(message);

/// <summary>
/// A command line that can be read but asks for what cannot be: the message is shown with the table of options, exit status 1.
/// </summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The tool cannot do what was asked; the message is all that the user needs. Exit status 1.</summary>
internal sealed class ToolException(string message) : Exception(message);
