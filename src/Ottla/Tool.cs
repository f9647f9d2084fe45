using System.Runtime.InteropServices;
using Ottla.Cli;
using Ottla.Runtime.Platform;

namespace Ottla;

/// <summary>Runs a verb of the command-line tools on the operating system.</summary>
internal static class Tool
{
    public static async Task<int> Run(string name, string[] args)
    {
        if (Verbs.Find(name) is not { } verb)
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
            Interactive = !Console.IsInputRedirected,
            Cancelled = cancelled.Token,
        };
        return await verb.Run(args, context);

        void Cancel(PosixSignalContext signal)
        {
            signal.Cancel = true;
            cancelled.Cancel();
        }
    }
}
