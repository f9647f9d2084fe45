using Ottla.Runtime.Processes;

namespace Ottla.Lab.Tests;

/// <summary>Processes that do nothing but end when they are told to, and remember what they were told.</summary>
internal sealed class ScriptedProcesses : IProcesses
{
    private readonly List<Child> _children = [];

    public IReadOnlyList<Child> Children => _children;

    /// <summary>Whether SIGTERM is obeyed.</summary>
    public bool AreDeaf { get; set; }

    public IChildProcess StartSelf(IReadOnlyList<string> arguments, string outputFile)
    {
        var child = new Child(this, _children.Count + 100, arguments);
        _children.Add(child);
        return child;
    }

    internal sealed class Child(ScriptedProcesses all, int id, IReadOnlyList<string> arguments) : IChildProcess
    {
        private readonly TaskCompletionSource<int> _ended = new();

        public int Id => id;

        public IReadOnlyList<string> Arguments => arguments;

        public List<ProcessSignal> Signals { get; } = [];

        public Task<int> Ended => _ended.Task;

        public void Signal(ProcessSignal signal)
        {
            Signals.Add(signal);
            if (signal == ProcessSignal.Kill) _ended.TrySetResult(137);
            if (signal == ProcessSignal.Terminate && !all.AreDeaf) _ended.TrySetResult(0);
        }

        public void EndByItself(int status) => _ended.TrySetResult(status);

        public void Dispose()
        {
        }
    }
}
