using System.Reflection;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Fuzz.Wire;

/// <summary>The golden bytes of every message, each with its version before it (int16), and how to read them.</summary>
public sealed class MessageCorpus
{
    private delegate IMessage Reader(ref MessageReader reader, short version);

    private static readonly Dictionary<string, List<byte[]>> Golden =
        new[] { "wire", "metadata", "coordinator", "raft", "storage" }.SelectMany(ReadGolden)
            .GroupBy(golden => golden.Name).ToDictionary(group => group.Key, group => group.Select(golden => golden.Bytes).ToList());

    private readonly Reader _read;

    private MessageCorpus(Type type)
    {
        Name = type.Name;
        Versions = (VersionRange)type.GetProperty(nameof(Versions), BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
        if (type.Namespace == typeof(TopicRecord).Namespace)
            MetadataKey = (short)type.GetProperty(nameof(TopicRecord.RecordKey))!.GetValue(null)!;
        _read = type.GetMethod("Read", BindingFlags.Public | BindingFlags.Static)!.CreateDelegate<Reader>();
    }

    public static IReadOnlyList<MessageCorpus> All { get; } =
    [
        .. typeof(IMessage).Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false }
            && type.IsAssignableTo(typeof(IMessage)))
            .Select(type => new MessageCorpus(type)),
    ];

    public static TheoryData<string> Names => [.. All.Select(corpus => corpus.Name)];

    public string Name { get; }

    public VersionRange Versions { get; }

    /// <summary>The record's key where it is one of the metadata log.</summary>
    public short? MetadataKey { get; }

    public IReadOnlyList<byte[]> Inputs => Golden[Name];

    public static MessageCorpus Of(string name) => All.Single(corpus => corpus.Name == name);

    public static IReadOnlyList<byte[]> InputsOf(string name) => Golden[name];

    public IMessage Read(ref MessageReader reader, short version) => _read(ref reader, version);

    private static IEnumerable<(string Name, byte[] Bytes)> ReadGolden(string family)
    {
        using var stream = typeof(MessageCorpus).Assembly.GetManifestResourceStream($"golden-{family}.txt")!;
        using var lines = new StreamReader(stream);
        while (lines.ReadLine() is { } head)
        {
            var words = head.Split(' ');
            var version = short.Parse(words[1]);
            var hex = lines.ReadLine()!.Trim();
            lines.ReadLine();
            yield return (words[0], [(byte)(version >> 8), (byte)version, .. hex == "-" ? [] : Convert.FromHexString(hex)]);
        }
    }
}
