using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Ottla.Runtime.Processes;

namespace Ottla.Runtime.Platform;

/// <summary>The operating system's processes. Needs signals, so it is for Unix alone.</summary>
/// <remarks>A shell opens the output's file and then becomes the program (`exec`), so the process is the program's own and outlives nothing that
/// this one does with the file.</remarks>
public sealed partial class OsProcesses : IProcesses
{
    private const string Redirect = "exec \"$@\" </dev/null >>\"$0\" 2>&1";

    /// <summary>Whether this system has what is needed.</summary>
    public static bool IsSupported => !OperatingSystem.IsWindows();

    public IChildProcess StartSelf(IReadOnlyList<string> arguments, string outputFile)
    {
        if (!IsSupported) throw new IOException("Starting nodes as processes of their own needs a Unix system.");
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        foreach (var word in (string[])["-c", Redirect, outputFile, .. Self(), .. arguments]) start.ArgumentList.Add(word);
        try
        {
            return new Child(Process.Start(start) ?? throw new IOException("The system started no process and did not say why."));
        }
        catch (Win32Exception refused)
        {
            throw new IOException($"Cannot start a process: {refused.Message}", refused);
        }
    }

    // run from the build, the process is the host's and the program one of its arguments
    private static string[] Self()
    {
        var host = Environment.ProcessPath ?? throw new IOException("The system does not say what this program is.");
        var isHost = Path.GetFileNameWithoutExtension(host) == "dotnet";
        return isHost ? [host, Path.Combine(AppContext.BaseDirectory, "ottla.dll")] : [host];
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);

    private sealed class Child : IChildProcess
    {
        private readonly Process _process;

        public Child(Process process)
        {
            _process = process;
            Ended = WaitForEnd();
        }

        public int Id => _process.Id;

        public Task<int> Ended { get; }

        public void Signal(ProcessSignal signal)
        {
            // as long as the end has not been noticed the number belongs to this process and to no other
            if (!Ended.IsCompleted) _ = SendSignal(Id, NumberOf(signal));
        }

        public void Dispose() => _process.Dispose();

        private async Task<int> WaitForEnd()
        {
            await _process.WaitForExitAsync().ConfigureAwait(false);
            return _process.ExitCode;
        }

        private static int NumberOf(ProcessSignal signal) => signal switch
        {
            ProcessSignal.Terminate => 15,
            ProcessSignal.Kill => 9,
            ProcessSignal.Freeze => OperatingSystem.IsMacOS() ? 17 : 19,
            _ => OperatingSystem.IsMacOS() ? 19 : 18,
        };
    }
}
