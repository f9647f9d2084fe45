using Ottla.Protocol.Generator.Model;

namespace Ottla.Protocol.Generator.Parsing;

/// <summary>A section as it is written: names are not resolved, versions not yet cut.</summary>
internal sealed class RawSection(SectionKind kind, Token head, Versions versions, Versions flexible, bool latestUnstable)
{
    public SectionKind Kind => kind;

    public Token Head => head;

    public Versions Versions => versions;

    public Versions Flexible => flexible;

    public bool LatestUnstable => latestUnstable;

    public List<RawField> Fields { get; } = [];

    public List<RawStructure> Structures { get; } = [];
}

internal sealed class RawStructure(Token name, List<RawField> fields)
{
    public Token Name => name;

    public List<RawField> Fields => fields;
}

internal sealed class RawField(Token name, Token type, Versions versions, Token? @default, int tag, Token tagAt, bool ignorable)
{
    public Token Name => name;

    public Token Type => type;

    public Versions Versions => versions;

    public Token? Default => @default;

    public int Tag => tag;

    public Token TagAt => tagAt;

    public bool Ignorable => ignorable;

    /// <summary>Fields of the structure that is written below this field.</summary>
    public List<RawField> Fields { get; } = [];
}
