using Ottla.Protocol.Wire;

namespace Ottla.Fuzz.Wire;

/// <summary>Whatever bytes arrive: a message is read or refused, and what was read can be written and read again without change.</summary>
public sealed class MessageTargets
{
    private const int RunsPerMessage = 400;
    private const int RunsOfAFrame = 20_000;

    /// <summary>The worst of ours: an array of structures of a few bytes on the wire, each an object of some references.</summary>
    private const int AllocatedPerByteMax = 256;

    private static readonly Type[] Allowed = [typeof(MalformedMessageException), typeof(UnsupportedVersionException)];

    [Theory, MemberData(nameof(MessageCorpus.Names), MemberType = typeof(MessageCorpus))]
    public void Every_message(string name)
    {
        var corpus = MessageCorpus.Of(name);
        Fuzzer.Run(new FuzzTarget(name, bytes => ReadAndWrite(corpus, bytes), Allowed, AllocatedPerByteMax), corpus.Inputs, RunsPerMessage);
    }

    [Fact]
    public void A_request_with_its_header() =>
        Fuzzer.Run(new FuzzTarget("request frame", ReadRequest, Allowed, AllocatedPerByteMax), RequestFrames(), RunsOfAFrame);

    [Fact]
    public void A_response_header()
    {
        // A byte that says whether the header is flexible, then the header.
        IReadOnlyList<byte[]> corpus = [.. MessageCorpus.InputsOf("ResponseHeader").Select(input => input[1..])];
        Fuzzer.Run(new FuzzTarget("response header", bytes =>
        {
            var reader = new MessageReader(bytes);
            var flexible = reader.ReadBool();
            var header = ResponseHeader.Read(ref reader, flexible);
            using var writer = new MessageWriter();
            header.Write(writer, flexible);
        }, Allowed, AllocatedPerByteMax), corpus, RunsOfAFrame);
    }

    [Fact]
    public void A_metadata_record_in_its_frame()
    {
        // Frame version, key, then the golden version (its lower byte) and body.
        var inputs = MessageCorpus.All.Where(corpus => corpus.MetadataKey is not null)
            .SelectMany(corpus => corpus.Inputs.Select(input => (byte[])[1, (byte)corpus.MetadataKey!, .. input[1..]])).ToList();
        var read = new FuzzTarget("metadata record", ReadMetadata, Allowed, AllocatedPerByteMax);
        Fuzzer.Run(read, inputs, RunsOfAFrame);
    }

    private static void ReadAndWrite(MessageCorpus corpus, ReadOnlyMemory<byte> bytes)
    {
        var reader = new MessageReader(bytes);
        var version = reader.ReadInt16();
        var message = corpus.Read(ref reader, version);
        using var first = new MessageWriter();
        message.Write(first, version);
        var again = new MessageReader(first.WrittenMemory);
        using var second = new MessageWriter();
        corpus.Read(ref again, version).Write(second, version);
        Assert.Equal(0, again.Remaining);
        Assert.True(first.WrittenSpan.SequenceEqual(second.WrittenSpan), "what was written reads back as something else");
    }

    private static void ReadRequest(ReadOnlyMemory<byte> bytes)
    {
        var reader = new MessageReader(bytes);
        var header = RequestHeader.Read(ref reader);
        var request = ApiMessages.ReadRequest(header.ApiKey, ref reader, header.ApiVersion);
        using var writer = new MessageWriter();
        header.Write(writer);
        request.Write(writer, header.ApiVersion);
        Assert.True(writer.TotalLength > 0);
    }

    private static void ReadMetadata(ReadOnlyMemory<byte> bytes) => Assert.NotNull(MetadataRecordReader.Read(bytes));

    private static List<byte[]> RequestFrames()
    {
        var frames = new List<byte[]>();
        using var writer = new MessageWriter();
        foreach (var api in ApiMessages.All)
        {
            foreach (var input in MessageCorpus.InputsOf($"{api.Name}Request"))
            {
                writer.Reset();
                new RequestHeader(api.Key, input[1], frames.Count, "fuzz").Write(writer);
                writer.WriteRaw(input.AsSpan(2));
                frames.Add(writer.WrittenSpan.ToArray());
            }
        }
        return frames;
    }
}
