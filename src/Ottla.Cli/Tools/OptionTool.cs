using Ottla.Cli.Options;

namespace Ottla.Cli.Tools;

/// <summary>What the tools with plain options share: help, version, and where an error goes.</summary>
/// <remarks>Help goes to standard error with exit status 1, as Apache Kafka's tools do it; the version to standard output with 0.</remarks>
internal abstract class OptionTool : IVerb
{
    private readonly Option _help;
    private readonly Option _version;

    protected OptionTool()
    {
        _help = Parser.Flag("help", "Print this page.");
        _version = Parser.Flag("version", "Print the version.");
    }

    protected OptionParser Parser { get; } = new();

    /// <summary>The sentence above the table of options.</summary>
    protected abstract string Purpose { get; }

    public async Task<int> Run(string[] args, CliContext context)
    {
        ParsedOptions? options = null;
        try
        {
            options = Parser.Parse(args);
            if (options.Has(_version))
            {
                context.Out.WriteLine(Verbs.Version);
                return 0;
            }

            if (!options.Empty && !options.Has(_help)) return await Run(options, context);
            context.Error.WriteLine(Purpose);
            OptionTable.Write(context.Error, Parser.Options);
        }
        catch (UsageException misused)
        {
            context.Error.WriteLine(misused.Message);
            OptionTable.Write(context.Error, Parser.Options);
        }
        catch (OptionException unreadable)
        {
            context.Error.WriteLine(unreadable.Message);
            if (options is null && TableBesideUnreadable) OptionTable.Write(context.Error, Parser.Options);
            else context.Error.WriteLine("Nothing was done; all remains as it was. --help lists the options.");
        }
        catch (ToolException refused)
        {
            context.Error.WriteLine(refused.Message);
        }
        finally
        {
            context.Flush();
        }

        return 1;
    }

    /// <summary>Whether the table of options follows the message about a word that is no option.</summary>
    protected virtual bool TableBesideUnreadable => false;

    protected abstract Task<int> Run(ParsedOptions options, CliContext context);
}
