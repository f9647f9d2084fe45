using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>BrokerHeartbeat: a broker says that it lives, how far it is and what it wants (KIP-631).</summary>
/// <remarks>
/// Owned by the metadata loop; decides, and changes nothing but the sessions, see <see cref="Controller"/> and
/// <see cref="BrokerSessions"/>.
/// A broker is unfenced once it has read its own registration, so that it knows of everything before. One that wants to stop gives its
/// leaderships away first, and may go when every active broker has heard of that, so that none still sends clients to it.
/// </remarks>
public sealed class HeartbeatControl
{
    private readonly ControlState _state;
    private readonly ElectionControl _elections;
    private readonly DirectoryControl _directories;

    internal HeartbeatControl(ControlState state, ElectionControl elections, DirectoryControl directories)
    {
        _state = state;
        _elections = elections;
        _directories = directories;
    }

    private enum Wanted
    {
        Fenced,
        Unfenced,
        ControlledShutdown,
        ShutdownNow,
    }

    /// <param name="request">The broker's state and wishes.</param>
    public MetadataDecision<BrokerHeartbeatResponse> BrokerHeartbeat(BrokerHeartbeatRequest request)
    {
        var stale = _state.WhyNotOfBroker(request.BrokerId, request.BrokerEpoch);
        if (!stale.IsOk) return MetadataDecision.Nothing(new BrokerHeartbeatResponse { ErrorCode = stale.Code });
        var broker = _state.Image.Cluster.Broker(new BrokerId(request.BrokerId))!;
        var isCaughtUp = request.CurrentMetadataOffset >= broker.Epoch.Value;
        var now = StateOf(broker);
        var next = Next(broker, now, request, isCaughtUp);
        var records = new List<VersionedRecord>();
        Uuid[] lost = [.. broker.Directories.Intersect(request.OfflineLogDirs)];
        if (next != now) Become(broker, next, lost, records);
        _state.Sessions.Touch(broker, request.CurrentMetadataOffset);
        if (next == Wanted.ControlledShutdown && now != next)
            _state.Sessions.BeginShutdown(broker, _state.NextOffset + (records.Count - 1));
        // it was let go, so its next run is not one that has to wait for the end of this one's session
        if (next == Wanted.ShutdownNow) _state.Sessions.End(broker);
        // whoever gave everything away has nothing more to give away with a directory
        _directories.AddReported(broker, lost, request.CordonedLogDirs, next == now || next == Wanted.Unfenced, records);
        return MetadataDecision.InParts(records, new BrokerHeartbeatResponse
        {
            IsCaughtUp = isCaughtUp,
            IsFenced = next is Wanted.Fenced or Wanted.ShutdownNow,
            ShouldShutDown = next == Wanted.ShutdownNow,
        });
    }

    /// <summary>Fences a broker whose session is over; null where there is none. One at a time: two that share partitions would be decided
    /// upon without each other.</summary>
    public MetadataDecision<Done>? FenceSilent()
    {
        foreach (var broker in _state.Image.Cluster.Brokers.Values)
        {
            if (broker.Fenced || _state.Sessions.IsAlive(broker)) continue;
            var records = new List<VersionedRecord>();
            AddFencing(broker, records);
            return MetadataDecision.InParts(records, Done.Instance);
        }

        return null;
    }

    /// <summary>Fences a broker at once whose process was confirmed to be dead.</summary>
    /// <param name="id">Whose.</param>
    /// <param name="epoch">The run that is dead; a later one is none of it.</param>
    public MetadataDecision<Done> FenceDead(BrokerId id, BrokerEpoch epoch)
    {
        if (_state.Image.Cluster.Broker(id) is not { } broker || broker.Epoch != epoch)
            return MetadataDecision.Nothing(new Done(ErrorCode.StaleBrokerEpoch));
        _state.Sessions.End(broker);
        var records = new List<VersionedRecord>();
        if (!broker.Fenced) AddFencing(broker, records);
        return MetadataDecision.InParts(records, Done.Instance);
    }

    /// <summary>When <see cref="FenceSilent"/> has something to do next if nothing is heard; the largest number where it never
    /// has.</summary>
    internal long NextSilenceMs => _state.Sessions.NextEndMs(_state.Image.Cluster.Brokers.Values.Where(broker => !broker.Fenced));

    private Wanted Next(BrokerRegistration broker, Wanted now, BrokerHeartbeatRequest request, bool isCaughtUp)
    {
        switch (now)
        {
            case Wanted.Fenced:
                if (request.WantShutDown) return Wanted.ShutdownNow;
                return !request.WantFence && isCaughtUp ? Wanted.Unfenced : Wanted.Fenced;
            case Wanted.Unfenced:
                if (request.WantFence) return request.WantShutDown ? Wanted.ShutdownNow : Wanted.Fenced;
                if (!request.WantShutDown) return Wanted.Unfenced;
                return _elections.Leads(broker.Id.Value) ? Wanted.ControlledShutdown : Wanted.ShutdownNow;
            default:
                // the offset of this very heartbeat counts for others, not for who stops
                return _elections.Leads(broker.Id.Value) || !_state.Sessions.AllKnowOfShutdown(broker)
                    ? Wanted.ControlledShutdown
                    : Wanted.ShutdownNow;
        }
    }

    private void Become(BrokerRegistration broker, Wanted next, Uuid[] lost, List<VersionedRecord> records)
    {
        switch (next)
        {
            case Wanted.Unfenced:
                records.Add(Change(broker, fenced: -1, inShutdown: 0));
                _elections.AddElectionsFor(broker.Id.Value, [.. broker.Directories.Except(lost)], records);
                break;
            case Wanted.ControlledShutdown:
                records.Add(Change(broker, fenced: 0, inShutdown: 1));
                _elections.AddDepartures(broker.Id.Value, null, records);
                break;
            default:
                // one that was fenced has nothing to give away
                if (!broker.Fenced) AddFencing(broker, records);
                break;
        }
    }

    private void AddFencing(BrokerRegistration broker, List<VersionedRecord> records)
    {
        _elections.AddDepartures(broker.Id.Value, null, records);
        records.Add(Change(broker, fenced: 1, inShutdown: 0));
    }

    private static VersionedRecord Change(BrokerRegistration broker, sbyte fenced, sbyte inShutdown) => new(
        new BrokerRegistrationChangeRecord
        {
            BrokerId = broker.Id.Value, BrokerEpoch = broker.Epoch.Value, Fenced = fenced, InControlledShutdown = inShutdown,
        },
        inShutdown != 0 ? (short)1 : (short)0);

    private static Wanted StateOf(BrokerRegistration broker) =>
        broker.Fenced ? Wanted.Fenced : broker.InControlledShutdown ? Wanted.ControlledShutdown : Wanted.Unfenced;
}
