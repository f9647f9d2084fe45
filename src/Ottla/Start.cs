using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging;
using Ottla.Broker;
using Ottla.Cli;
using Ottla.Cli.Tools;
using Ottla.Configuration.Settings;
using Ottla.Runtime.Logging;
using Ottla.Runtime.Loops;
using Ottla.Runtime.Platform;

namespace Ottla;

/// <summary>`ottla start`: runs a node until SIGTERM or Ctrl-C.</summary>
/// <remarks>Exit status: 0 after a clean stop, 1 where it could not start, 70 after a fault of its own (sysexits' "internal software
/// error").</remarks>
internal static class Start
{
    private const int CouldNotStart = 1;
    private const int InternalFault = 70;

    public static async Task<int> Run(string[] args)
    {
        var files = new OsFileSystem();
        var arguments = StartArguments.Read(args, files, Variables.OfProcess(), out var problem);
        if (arguments is null)
        {
            Console.Error.WriteLine(problem);
            return CouldNotStart;
        }

        if (arguments.Loaded.Settings is not { } settings)
        {
            foreach (var error in arguments.Loaded.Errors) Console.Error.WriteLine(error);
            return CouldNotStart;
        }

        // opened now: with no descriptor left it could not be opened to say so
        using var standardError = Console.OpenStandardError();
        using var logs = new LogSink(TimeProvider.System, LogLevel.Information, Outputs(settings, files));
        var ended = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stop = new CancellationTokenSource();
        AppDomain.CurrentDomain.UnhandledException += (_, fault) => Die((Exception)fault.ExceptionObject, logs, standardError);
        using var transport = new OsTransport();
        var host = new BrokerHost(files, transport, TimeProvider.System, Machine.NewRandom(), logs, fault => Die(fault, logs, standardError))
        {
            OpenFilesMax = ProcessLimits.OpenFiles(),
            Levels = logs.Levels,
        };
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            var log = logs.CreateLogger(nameof(Start));
            ConfigurationLog.Report(log, arguments.Loaded);
            await using var broker = await BrokerServer.Start(settings, host, formatIfNeeded: arguments.IsEmbedded, stop.Token);
            Banner.Print(log, settings, broker);
            return await ended.Task;
        }
        catch (OperationCanceledException)
        {
            // a node that still waited for its quorum
            return await ended.Task;
        }
        catch (BrokerStartException refused)
        {
            Console.Error.WriteLine(refused.Message);
            if (refused.NeedsFormat && arguments.File is { } file) Console.Error.WriteLine(FormatCommand.For(file, settings.Node, refused.ClusterId));
            return CouldNotStart;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            ended.TrySetResult(0);
            stop.Cancel();
        }
    }

    private static ILogOutput[] Outputs(BrokerSettings settings, OsFileSystem files) =>
        settings.Node.OwnLogDir is { } folder ? [new StandardOutput(), new RollingFile(files, folder)] : [new StandardOutput()];

    /// <summary>A bug of ours or a disk that this node can't be without: one line, and the end.</summary>
    private static void Die(Exception fault, LogSink logs, Stream standardError)
    {
        try
        {
            logs.Dispose();
            standardError.Write(Encoding.UTF8.GetBytes($"ottla {Verbs.Version} ends: {FaultText.Of(fault)}\n"));
        }
        catch (IOException)
        {
            // whoever read it is gone; the status still tells
        }

        ProcessEnd.Now(InternalFault);
    }
}
