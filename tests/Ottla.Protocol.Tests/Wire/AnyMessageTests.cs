using FsCheck;
using FsCheck.Fluent;
using Ottla.Protocol.Wire;

namespace Ottla.Protocol.Tests.Wire;

public sealed class AnyMessageTests
{
    private const int SeedsPerVersion = 4;

    /// <summary>Seeds are fixed: a failure names the message, version and seed to run again.</summary>
    [Theory, MemberData(nameof(MessageType.Names), MemberType = typeof(MessageType))]
    public void Any_values_in_any_version_read_back_as_they_were_written(string name)
    {
        var type = MessageType.Named(name);
        foreach (var version in type.EveryVersion())
            for (var seed = 0; seed < SeedsPerVersion; seed++) AssertRoundTrip(type, version, seed);
    }

    [Fact]
    public void Any_message_with_any_values_reads_back_as_it_was_written()
    {
        var cases = from type in Gen.Elements(MessageType.All.ToArray())
                    from version in Gen.Elements(type.EveryVersion().ToArray())
                    from seed in Gen.Choose(0, int.MaxValue)
                    select (type, version, seed);
        Prop.ForAll(cases.ToArbitrary(), any => AssertRoundTrip(any.type, any.version, any.seed)).QuickCheckThrowOnFailure();
    }

    [Theory, MemberData(nameof(MessageType.Names), MemberType = typeof(MessageType))]
    public void Every_cut_of_a_message_is_refused_as_malformed(string name)
    {
        var type = MessageType.Named(name);
        foreach (var version in type.EveryVersion())
        {
            var bytes = MessageType.Write(new MessageFiller(seed: 7).Fill(type, version), version);
            for (var length = 0; length < bytes.Length; length += 1 + bytes.Length / 50)
                Assert.Throws<MalformedMessageException>(() => type.Read(bytes.AsMemory(0, length), version));
        }
    }

    [Theory, MemberData(nameof(MessageType.Names), MemberType = typeof(MessageType))]
    public void Versions_beside_the_known_ones_are_refused(string name)
    {
        var type = MessageType.Named(name);
        foreach (var version in new[] { (short)(type.Versions.Min - 1), (short)(type.Versions.Max + 1), short.MaxValue })
        {
            Assert.Throws<UnsupportedVersionException>(() => type.Read(new byte[100], version));
            Assert.Throws<UnsupportedVersionException>(() => MessageType.Write(type.New(), version));
        }
    }

    private static void AssertRoundTrip(MessageType type, short version, int seed)
    {
        var bytes = MessageType.Write(new MessageFiller(seed).Fill(type, version), version);
        var read = type.Read(bytes, version, out var remaining);
        Assert.True(remaining == 0, $"{type.Name} v{version} seed {seed}: {remaining} bytes are left");
        Assert.True(bytes.AsSpan().SequenceEqual(MessageType.Write(read, version)), $"{type.Name} v{version} seed {seed}: bytes differ");
    }
}
