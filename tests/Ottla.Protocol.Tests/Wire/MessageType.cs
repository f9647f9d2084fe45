using System.Reflection;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Protocol.Tests.Wire;

/// <summary>A generated message as tests see it: by name, read through a delegate.</summary>
public sealed class MessageType
{
    private delegate IMessage Reader(ref MessageReader reader, short version);

    private readonly Reader _read;

    private MessageType(Type type)
    {
        Type = type;
        Versions = (VersionRange)type.GetProperty("Versions", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
        FlexibleVersions = (VersionRange)type.GetProperty("FlexibleVersions", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
        _read = type.GetMethod("Read", BindingFlags.Public | BindingFlags.Static)!.CreateDelegate<Reader>();
    }

    public static IReadOnlyList<MessageType> All { get; } =
    [
        .. typeof(IMessage).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IMessage)))
            .Select(type => new MessageType(type))
            .OrderBy(type => type.Name, StringComparer.Ordinal),
    ];

    public static TheoryData<string> Names => [.. All.Select(type => type.Name)];

    public Type Type { get; }

    public string Name => Type.Name;

    public VersionRange Versions { get; }

    public VersionRange FlexibleVersions { get; }

    public static MessageType Named(string name) => All.Single(type => type.Name == name);

    public IEnumerable<short> EveryVersion() =>
        Enumerable.Range(Versions.Min, Versions.Max - Versions.Min + 1).Select(version => (short)version);

    public IMessage New() => (IMessage)Activator.CreateInstance(Type)!;

    /// <summary>Reads a whole message and tells what is left.</summary>
    public IMessage Read(ReadOnlyMemory<byte> bytes, short version, out int remaining)
    {
        var reader = new MessageReader(bytes);
        var message = _read(ref reader, version);
        remaining = reader.Remaining;
        return message;
    }

    public IMessage Read(ReadOnlyMemory<byte> bytes, short version) => Read(bytes, version, out _);

    public static byte[] Write(IMessage message, short version)
    {
        using var writer = new MessageWriter(16);
        message.Write(writer, version);
        return writer.WrittenSpan.ToArray();
    }
}
