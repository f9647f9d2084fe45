using Ottla.Protocol.Primitives;
using Ottla.Raft.Messages;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Leading;

/// <summary>Who votes, and how that changes (KIP-853): one voter at a time, and none before the leader knows its epoch's high watermark.</summary>
internal sealed class VoterChanges(QuorumCore core)
{
    public void Asked(long id, QuorumRequest request)
    {
        var epoch = request is QuorumRequest.UpdateVoter update ? core.WhyNotLeader(update.Epoch) : core.WhyNotLeader(core.Epoch);
        if (epoch != ErrorCode.None) core.Answer(id, new QuorumAnswer.Done(epoch));
        else if (WhyNotNow(request) is { } why) core.Answer(id, why);
        else
        {
            switch (request)
            {
                case QuorumRequest.AddVoter add: Add(id, add); break;
                case QuorumRequest.RemoveVoter remove: Remove(id, remove); break;
                case QuorumRequest.UpdateVoter changed: Update(id, changed); break;
                case QuorumRequest.RaiseKRaftVersion raise: Raise(id, raise); break;
                default: throw new InvariantException($"The quorum does not know {request.GetType()}");
            }
        }
    }

    /// <summary>Why no change can begin. The words are those of Apache Kafka, which tools pass on.</summary>
    private QuorumAnswer.Done? WhyNotNow(QuorumRequest request)
    {
        if (core.Change is not null) return Refuse(ErrorCode.RequestTimedOut, "Request timed out waiting for leader to handle previous voter change request");
        if (core.State!.HighWatermark == Offset.None)
            return Refuse(ErrorCode.RequestTimedOut, "Request timed out waiting for leader to establish HWM and fence previous voter changes");
        if (core.Voters.KRaftVersion == 0)
        {
            if (request is QuorumRequest.UpdateVoter or QuorumRequest.RaiseKRaftVersion) return null;
            var verb = request is QuorumRequest.AddVoter ? "adding" : "removing";
            return Refuse(ErrorCode.UnsupportedVersion, $"Cluster doesn't support {verb} voter because the kraft.version feature is 0");
        }

        return core.History.LatestAt >= core.State.HighWatermark
            ? Refuse(ErrorCode.RequestTimedOut, $"Request timed out waiting for voters to commit the latest voter change " +
                $"at {core.History.LatestAt} with HWM {core.State.HighWatermark}")
            : null;
    }

    private static QuorumAnswer.Done Refuse(ErrorCode error, string message) => new(error) { Message = message };

    private void Add(long id, QuorumRequest.AddVoter add)
    {
        if (add.Voter.Id.Value < 0 || add.Voter.DirectoryId.IsZero || add.Voter.EndpointOf(core.Local.Listener) is not { } endpoint ||
            !add.Voter.Endpoints.Any(e => e.Listener == core.Local.Listener))
            core.Answer(id, Refuse(ErrorCode.InvalidRequest, $"Add voter request didn't include the default listener: {core.Local.Listener}"));
        else if (core.Voters.Find(add.Voter.Id) is not null)
            core.Answer(id, Refuse(ErrorCode.DuplicateVoter, $"The voter id for {add.Voter.Key} is already part of the set of voters {core.Voters.Keys()}."));
        else
        {
            core.Change = new PendingChange(id, add, core.Now + Math.Max(add.TimeoutMs, core.Settings.RequestTimeoutMs));
            core.Send(new QuorumPeer(add.Voter.Id, endpoint), new QuorumRequest.AskVersions());
        }
    }

    public void VersionsKnown(SentRequest sent, QuorumAnswer.Versions versions)
    {
        if (core.Change is not { Request: QuorumRequest.AddVoter add, Voters: null } || sent.To.Id != add.Voter.Id) return;
        var progress = core.State!.Find(add.Voter.Key);
        if (versions.Error != ErrorCode.None)
            core.AnswerPendingChange(ErrorCode.RequestTimedOut, $"Aborted add voter operation for since API_VERSIONS returned an error {versions.Error.ProtocolName()}");
        else if (!versions.KRaft.Contains(core.Voters.KRaftVersion))
        {
            core.AnswerPendingChange(
                ErrorCode.InvalidRequest,
                $"Aborted add voter operation for {add.Voter.Key} since the kraft.version range (min: {versions.KRaft.Min}, max: {versions.KRaft.Max}) " +
                $"doesn't support the finalized version {core.Voters.KRaftVersion}");
        }
        // a voter that lags behind would hold the high watermark back
        else if (progress is null || progress.LastCaughtUpMs < 0 || progress.LastFetchMs < core.Now - 3_600_000L)
            core.AnswerPendingChange(ErrorCode.RequestTimedOut, $"Aborted add voter operation for {add.Voter.Key} since it is lagging behind");
        else AppendVoters(core.Change, core.Voters.With(add.Voter with { KRaftVersions = versions.KRaft }));
    }

    public void VersionsUnknown(RequestFailure failure)
    {
        if (core.Change is { Request: QuorumRequest.AddVoter add, Voters: null })
            core.AnswerPendingChange(ErrorCode.RequestTimedOut, $"New voter {add.Voter.Key} is not ready to receive requests ({Outage.Describe(failure)})");
    }

    private void Remove(long id, QuorumRequest.RemoveVoter remove)
    {
        if (!core.Voters.Voters.Any(voter => voter.Key == remove.Voter) || core.Voters.Count == 1)
            core.Answer(id, Refuse(ErrorCode.VoterNotFound, $"Cannot remove voter {remove.Voter} from the set of voters {core.Voters.Keys()}"));
        else AppendVoters(new PendingChange(id, remove, core.Now + core.Settings.RequestTimeoutMs), core.Voters.Without(remove.Voter.Id));
    }

    private void Update(long id, QuorumRequest.UpdateVoter update)
    {
        var voter = update.Voter;
        if (core.Voters.Find(voter.Id) is not { } known || !known.DirectoryId.IsZero && known.DirectoryId != voter.DirectoryId)
            core.Answer(id, Refuse(ErrorCode.VoterNotFound, $"{voter.Key} is not one of the voters {core.Voters.Keys()}"));
        else if (voter.DirectoryId.IsZero || !voter.Endpoints.Any(e => e.Listener == core.Local.Listener) || !voter.KRaftVersions.Contains(core.Voters.KRaftVersion))
            core.Answer(id, new QuorumAnswer.Done(ErrorCode.InvalidRequest));
        else if (core.Voters.KRaftVersion == 0)
        {
            // the properties say who votes; what is reported counts when the level is raised
            core.State!.Reported[voter.Id.Value] = voter;
            core.Answer(id, new QuorumAnswer.Done(ErrorCode.None));
        }
        else if (known.Says(voter)) core.Answer(id, new QuorumAnswer.Done(ErrorCode.None));
        else AppendVoters(new PendingChange(id, update, core.Now + core.Settings.RequestTimeoutMs), core.Voters.With(voter));
    }

    private void Raise(long id, QuorumRequest.RaiseKRaftVersion raise)
    {
        var level = core.Voters.KRaftVersion;
        if (raise.Level == level) core.Answer(id, new QuorumAnswer.Done(ErrorCode.None));
        else if (raise.Level < level || !VoterSet.SupportedKRaftVersions.Contains(raise.Level))
            core.Answer(id, Refuse(ErrorCode.InvalidUpdateVersion, $"Invalid update version {raise.Level} for feature kraft.version. " +
                "Can't downgrade the version of this feature."));
        else
        {
            var reported = new List<Voter>(core.Voters.Count);
            foreach (var voter in core.Voters.Voters)
            {
                var own = voter.Id == core.Local.Key.Id ? core.Local.ToVoter() : core.State!.Reported.GetValueOrDefault(voter.Id.Value);
                if (own is not null && own.KRaftVersions.Contains(raise.Level)) reported.Add(own);
            }

            if (reported.Count < core.Voters.Count)
            {
                var missing = (core.Voters with { Voters = [.. core.Voters.Voters.Where(voter => !reported.Exists(other => other.Id == voter.Id))] }).Ids();
                core.Answer(id, Refuse(ErrorCode.InvalidUpdateVersion, $"Invalid update version {raise.Level} for feature kraft.version. " +
                    $"The voters {missing} have not said that they support it."));
            }
            else if (raise.IsDryRun) core.Answer(id, new QuorumAnswer.Done(ErrorCode.None));
            else AppendVoters(new PendingChange(id, raise, core.Now + core.Settings.RequestTimeoutMs), new VoterSet(raise.Level, reported));
        }
    }

    private void AppendVoters(PendingChange change, VoterSet voters)
    {
        Invariant.That(voters.Count > 0 && Math.Abs(voters.Count - core.Voters.Count) <= 1);
        core.Change = change with { Voters = voters };
        core.Out.Add(new QuorumOutput.AppendVoters(core.Epoch, voters, change.Request is QuorumRequest.RaiseKRaftVersion));
    }

    public void Appended(VoterChange change)
    {
        // what opens the epoch names voters, too
        if (core.Change is not { Voters: not null, At.Value: < 0 } pending) return;
        core.Change = pending with { At = change.At };
        if (pending.Request is not QuorumRequest.AddVoter { AckWhenCommitted: false }) return;
        core.Answer(pending.Id, new QuorumAnswer.Done(ErrorCode.None));
        core.Change = core.Change with { IsAnswered = true };
    }

    public void Committed(Offset highWatermark)
    {
        if (core.Change is { At.Value: >= 0 } pending && highWatermark > pending.At) core.AnswerPendingChange(ErrorCode.None, null);
    }

    public void Poll()
    {
        if (core.Change is { } pending && core.IsDue(pending.DeadlineMs))
            core.AnswerPendingChange(ErrorCode.RequestTimedOut, "Request timed out waiting for the voters to commit the change");
    }
}
