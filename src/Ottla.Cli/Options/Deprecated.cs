namespace Ottla.Cli.Options;

/// <summary>An option that has got a new name: both work, not both at once.</summary>
internal static class Deprecated
{
    /// <summary>The option that was given of the two; says on standard output when it is the old one.</summary>
    /// <exception cref="UsageException">Both were given.</exception>
    public static Option Choose(ParsedOptions options, Option current, Option old, TextWriter output, bool oldFirst = false)
    {
        if (!options.Has(old)) return current;
        if (options.Has(current))
            throw new UsageException(oldFirst ? $"Options --{old.Name} and --{current.Name} cannot be specified together."
                : $"Options --{current.Name} and --{old.Name} cannot be specified together.");
        output.WriteLine($"Warning: --{old.Name} is deprecated and will be removed in a future version. Use --{current.Name} instead.");
        return old;
    }
}
