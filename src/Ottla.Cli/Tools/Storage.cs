using Ottla.Cli.Options;
using Ottla.Protocol.Primitives;

namespace Ottla.Cli.Tools;

/// <summary>`ottla storage`: formats the log directories of a node, tells what is in them, and makes ids.</summary>
internal sealed class Storage : IVerb
{
    private static readonly Command RandomUuid = new("random-uuid", "Print a random UUID.");

    private readonly CommandParser _parser = new("ottla storage", "Prepares and examines the log directories of a node.", RandomUuid);

    public Task<int> Run(string[] args, CliContext context)
    {
        try
        {
            var parsed = _parser.Parse(args, context.Out, context.Error);
            if (parsed is null) return Task.FromResult(0);
            context.Out.WriteLine(Uuid.Random(context.Random).ToString());
            return Task.FromResult(0);
        }
        catch (OptionException unreadable)
        {
            context.Error.WriteLine(unreadable.Message);
            return Task.FromResult(1);
        }
        finally
        {
            context.Flush();
        }
    }
}
