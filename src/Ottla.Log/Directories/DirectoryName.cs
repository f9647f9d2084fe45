using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Directories;

/// <summary>What a directory in a log directory is for.</summary>
public enum DirectoryKind
{
    /// <summary>`topic-0`: the partition's log.</summary>
    Current,

    /// <summary>`topic-0.ID-future`: the copy that is to take the place of the log in another directory.</summary>
    Future,

    /// <summary>`topic-0.ID-delete`: waits to be removed.</summary>
    Deleted,

    /// <summary>`topic-0.ID-stray`: nobody knows its topic any more; a human decides.</summary>
    Stray,
}

/// <summary>The name of a partition's directory.</summary>
/// <remarks>A long topic's name is cut where the name would pass 255 bytes, so of other kinds than <see cref="DirectoryKind.Current"/> the
/// topic may be a prefix (<see cref="IsCut"/>);
/// `partition.metadata` inside tells which it is.</remarks>
public readonly record struct DirectoryName(TopicPartition Partition, DirectoryKind Kind)
{
    /// <summary>What file systems allow (NAME_MAX). Topics are ASCII, so bytes are characters.</summary>
    public const int NameBytesMax = 255;

    private const string FutureSuffix = "-future";
    private const string DeletedSuffix = "-delete";
    private const string StraySuffix = "-stray";
    private const int IdLength = 32;

    /// <summary>Whether the topic may be longer than the name shows.</summary>
    public bool IsCut { get; private init; }

    public static string Current(TopicPartition partition) => partition.ToString();

    /// <summary>A name of another kind, with a random id that keeps it from all others.</summary>
    public static string Format(TopicPartition partition, DirectoryKind kind, Random random)
    {
        if (kind == DirectoryKind.Current) return Current(partition);
        Span<byte> id = stackalloc byte[IdLength / 2];
        random.NextBytes(id);
        var tail = string.Create(CultureInfo.InvariantCulture, $"-{partition.Partition}.{Convert.ToHexStringLower(id)}{Suffix(kind)}");
        return partition.Topic[..Math.Min(partition.Topic.Length, NameBytesMax - tail.Length)] + tail;
    }

    /// <summary>Takes a name apart; false for names of no partition's directory (`lost+found`).</summary>
    public static bool TryParse(string name, [NotNullWhen(true)] out DirectoryName? parsed)
    {
        parsed = null;
        var kind = KindOf(name);
        var current = name;
        if (kind != DirectoryKind.Current)
        {
            var dot = name.LastIndexOf('.');
            if (dot <= 0 || name.Length - dot - 1 <= Suffix(kind).Length) return false;
            current = name[..dot];
        }

        var dash = current.LastIndexOf('-');
        if (dash <= 0 || name.Contains(' ', StringComparison.Ordinal)) return false;
        if (!int.TryParse(current.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var partition)) return false;
        var isCut = kind != DirectoryKind.Current && name.Length == NameBytesMax;
        parsed = new DirectoryName(new TopicPartition(current[..dash], partition), kind) { IsCut = isCut };
        return true;
    }

    private static DirectoryKind KindOf(string name) =>
        name.EndsWith(DeletedSuffix, StringComparison.Ordinal) ? DirectoryKind.Deleted
        : name.EndsWith(FutureSuffix, StringComparison.Ordinal) ? DirectoryKind.Future
        : name.EndsWith(StraySuffix, StringComparison.Ordinal) ? DirectoryKind.Stray
        : DirectoryKind.Current;

    private static string Suffix(DirectoryKind kind) => kind switch
    {
        DirectoryKind.Deleted => DeletedSuffix,
        DirectoryKind.Future => FutureSuffix,
        DirectoryKind.Stray => StraySuffix,
        _ => "",
    };
}
