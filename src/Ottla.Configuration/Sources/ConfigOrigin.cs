namespace Ottla.Configuration.Sources;

public enum OriginKind : byte
{
    File,
    Environment,
    Override,

    /// <summary>What `ottla start` assumes when it is given no file.</summary>
    BuiltIn,

    /// <summary>Follows from another config: `broker.id` from `node.id`.</summary>
    Derived,
}

/// <summary>Where a static value was written, so that a message can name the place.</summary>
public sealed record ConfigOrigin(OriginKind Kind, string Place, int Line)
{
    public static ConfigOrigin InFile(string fileName, int line) => new(OriginKind.File, fileName, line);

    public static ConfigOrigin InEnvironment(string variable) => new(OriginKind.Environment, variable, 0);

    public static ConfigOrigin Override { get; } = new(OriginKind.Override, "--override", 0);

    public static ConfigOrigin BuiltIn { get; } = new(OriginKind.BuiltIn, "built in", 0);

    public static ConfigOrigin DerivedFrom(string name) => new(OriginKind.Derived, name, 0);

    public override string ToString() => Kind switch
    {
        OriginKind.File => $"{Place}, line {Line}",
        OriginKind.Environment => $"environment variable {Place}",
        OriginKind.Derived => $"from {Place}",
        _ => Place,
    };
}
