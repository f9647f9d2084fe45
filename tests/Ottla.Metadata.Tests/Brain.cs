using Ottla.Configuration.Sources;
using Ottla.Metadata.Control;
using Ottla.Metadata.Formatting;
using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Metadata.Tests;

/// <summary>A controller without a log: what it decides is encoded, decoded again and replayed, as it would be after a restart.</summary>
internal sealed class Brain
{
    public static readonly BrokerId Node = new(1);
    public static readonly Uuid Directory = new(7, 7);

    private readonly List<VersionedRecord> _log = [];

    public Brain(int seed = 1, bool formatted = true, ControllerSettings? settings = null)
    {
        Controller = new Controller(settings ?? Settings, MetadataImage.Empty, new SharedLists(), new Random(seed), 0);
        if (!formatted) return;
        Do(Controller.Features.Bootstrap(BootstrapRecords.Latest()));
        Register(1, Directory);
    }

    public static ControllerSettings Settings { get; } = new()
    {
        NodeId = Node, ClusterId = "tests", Static = StaticConfig.Of(("num.partitions", "2"), ("min.insync.replicas", "1")),
    };

    public Controller Controller { get; }

    public MetadataImage Image => Controller.Image;

    /// <summary>All records so far, as they would stand in the log.</summary>
    public IReadOnlyList<VersionedRecord> Log => _log;

    public MetadataDelta? LastDelta { get; private set; }

    public long BrokerEpoch => Image.Cluster.Broker(Node)!.Epoch.Value;

    public TResponse Do<TResponse>(MetadataDecision<TResponse> decision)
    {
        LastDelta = null;
        if (decision.Records.Count > 0) Take(decision.Records);
        return decision.Response;
    }

    /// <summary>Replays records as if they came from the log.</summary>
    public void Take(IReadOnlyList<VersionedRecord> decided)
    {
        var records = decided.Select(record => record with { Record = Copy(record) }).ToList();
        _log.AddRange(records);
        LastDelta = Controller.Replay(records, new OffsetAndEpoch(Controller.NextOffset + records.Count, new LeaderEpoch(1)), 1);
    }

    public BrokerRegistrationResponse Register(int id, Uuid directory, long previousEpoch = -1, bool self = true) =>
        Register(id, [directory], previousEpoch, self);

    public BrokerRegistrationResponse Register(int id, List<Uuid> directories, long previousEpoch = -1, bool self = true)
    {
        var request = Registration(id, directories);
        request.IncarnationId = new Uuid(1, (ulong)_log.Count);
        request.PreviousBrokerEpoch = previousEpoch;
        return Do(self ? Controller.Brokers.RegisterSelf(request) : Controller.Brokers.RegisterBroker(request));
    }

    public static BrokerRegistrationRequest Registration(int id, List<Uuid> directories) => new()
    {
        BrokerId = id,
        ClusterId = Settings.ClusterId,
        IncarnationId = new Uuid(1, 1),
        PreviousBrokerEpoch = -1,
        LogDirs = directories,
        Listeners = [new() { Name = "PLAINTEXT", Host = "localhost", Port = 9092 }],
        Features = [.. Ottla.Metadata.Features.FeatureCatalog.Supported.Select(f => new BrokerRegistrationRequest.Feature
            { Name = f.Name, MinSupportedVersion = f.Levels.Min, MaxSupportedVersion = f.Levels.Max })],
    };

    /// <summary>What the record is after the log had it.</summary>
    public static object Copy(VersionedRecord record)
    {
        using var writer = new MessageWriter();
        MetadataRecordWriter.Write(writer, record);
        return MetadataRecordReader.Read(writer.WrittenSpan.ToArray());
    }

    /// <summary>An image made from nothing but records.</summary>
    public static MetadataImage Replayed(IEnumerable<VersionedRecord> records)
    {
        var delta = new MetadataDelta(MetadataImage.Empty, new SharedLists());
        foreach (var record in records) delta.Replay(Copy(record));
        return delta.Apply(OffsetAndEpoch.Start, 0);
    }
}
