using System.Runtime.InteropServices;
using Ottla.Cli;
using Ottla.Lab;
using Ottla.Runtime.Platform;

namespace Ottla;

/// <summary>Runs a verb of the command-line tools on the operating system.</summary>
internal static class Tool
{
    public static async Task<int> Run(string name, string[] args)
    {
        var verb = name == "lab" ? new LabVerb(new OsProcesses(), Path.GetTempPath(), Environment.UserName) : Verbs.Find(name);
        if (verb is null)
        {
            Verbs.Unknown(name, Console.Error);
            return 1;
        }

        using var cancelled = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        using var context = new CliContext(Console.OpenStandardInput(), Console.OpenStandardOutput(), Console.OpenStandardError())
        {
            Transport = new OsTransport(),
            Files = new OsFileSystem(),
            Time = TimeProvider.System,
            Random = Machine.NewRandom(),
            Variables = Variables.OfProcess(),
            HostName = static () => Machine.HostName,
            Interactive = !Console.IsInputRedirected,
            Cancelled = cancelled.Token,
        };
        var status = 0;
        try
        {
            return await verb.Run(args, context);
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            return status;
        }

        // a shell knows a program that a signal ended by 128 and the signal's number
        void Cancel(PosixSignalContext signal)
        {
            signal.Cancel = true;
            status = signal.Signal == PosixSignal.SIGINT ? 130 : 143;
            cancelled.Cancel();
        }
    }
}
