namespace Ottla.Runtime.Processes;

/// <summary>Other processes, as Ottla sees them. The operating system's are in Platform/; a test brings its own.</summary>
public interface IProcesses
{
    /// <summary>Starts this very program anew, its output written into a file.</summary>
    /// <param name="arguments">Behind the program's name.</param>
    /// <param name="outputFile">Gets standard output and standard error; made where it is not there, else continued.</param>
    /// <exception cref="IOException">The system refuses.</exception>
    IChildProcess StartSelf(IReadOnlyList<string> arguments, string outputFile);
}

/// <summary>A process that this one started.</summary>
public interface IChildProcess : IDisposable
{
    int Id { get; }

    /// <summary>Ends with the process, and gives its exit status; a process that a signal ended has 128 and the signal's number.</summary>
    Task<int> Ended { get; }

    /// <summary>Does nothing to a process that has ended.</summary>
    void Signal(ProcessSignal signal);
}

/// <summary>What can be said to a process.</summary>
public enum ProcessSignal
{
    /// <summary>End in good order (SIGTERM).</summary>
    Terminate,

    /// <summary>End at once, whatever it is doing (SIGKILL).</summary>
    Kill,

    /// <summary>Stand still (SIGSTOP): the process keeps its sockets and answers nobody.</summary>
    Freeze,

    /// <summary>Go on (SIGCONT).</summary>
    Thaw,
}
