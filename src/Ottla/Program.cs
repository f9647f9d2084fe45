using Ottla;
using Ottla.Cli;
using Ottla.Runtime.Platform;

// before the first socket is made: the runtime reads the setting once
OsTransport.InlineCompletions();

switch (args)
{
    case ["start", ..]:
        return await Start.Run(args[1..]);
    case ["--version"]:
        Console.Out.WriteLine(Verbs.Version);
        return 0;
    case [] or ["--help" or "-h" or "help", ..]:
        Verbs.Help(Console.Out);
        return 0;
    default:
        return await Tool.Run(args[0], args[1..]);
}
