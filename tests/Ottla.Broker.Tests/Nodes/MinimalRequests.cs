using Ottla.Broker.Cluster.Forwarding;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Tests.Nodes;

/// <summary>For each API a small honest request at a version, and what its answer must say.</summary>
/// <remarks>The topic `events` with two partitions and a record is there; `doomed-*` are made by the requests before they are
/// deleted.</remarks>
internal sealed class MinimalRequests(Topic events)
{
    /// <summary>Asks over a connection at a version; fails where the answer does not come, does not read back, or is not what it should
    /// be.</summary>
    public delegate Task Trial(WireClient client, short version);

    public Dictionary<ApiKey, Trial> ByKey()
    {
        var all = new Dictionary<ApiKey, Trial>();
        Records(all);
        Topics(all);
        Groups(all);
        Configs(all);
        Cluster(all);
        return all;
    }

    /// <summary>The same, and what only controllers serve. Requests of a broker that is not registered, and of a controller like the node's
    /// own.</summary>
    public Dictionary<ApiKey, Trial> ForControllers()
    {
        var all = ByKey();
        Add<AlterPartitionResponse>(all, _ => new AlterPartitionRequest { BrokerId = 9 }, r => Assert.Equal(ErrorCode.StaleBrokerEpoch, r.ErrorCode));
        Add<BrokerRegistrationResponse>(
            all, _ => new BrokerRegistrationRequest { BrokerId = 9, ClusterId = "another" }, r => Assert.Equal(ErrorCode.InconsistentClusterId, r.ErrorCode));
        Add<BrokerHeartbeatResponse>(all, _ => new BrokerHeartbeatRequest { BrokerId = 9 }, r => Assert.Equal(ErrorCode.StaleBrokerEpoch, r.ErrorCode));
        Add<AllocateProducerIdsResponse>(all, _ => new AllocateProducerIdsRequest { BrokerId = 9 }, r => Assert.Equal(ErrorCode.StaleBrokerEpoch, r.ErrorCode));
        Add<ControllerRegistrationResponse>(all, _ => new ControllerRegistrationRequest { ControllerId = 9 }, r => None(r.ErrorCode));
        Add<AssignReplicasToDirsResponse>(all, _ => new AssignReplicasToDirsRequest { BrokerId = 9 }, r => Assert.Equal(ErrorCode.StaleBrokerEpoch, r.ErrorCode));
        Add<EnvelopeResponse>(
            all,
            _ => new EnvelopeRequest
            {
                RequestData =
                    WireClient.Frame(ApiKey.UnregisterBroker, new UnregisterBrokerRequest { BrokerId = 9 }, 0, 1).AsMemory(sizeof(int)),
                RequestPrincipal = PrincipalBytes.Write(Principal.Anonymous), ClientHostAddress = new byte[] { 10, 0, 0, 1 },
            },
            r =>
            {
                None(r.ErrorCode);
                var reader = new MessageReader(r.ResponseData!.Value);
                Assert.Equal(1, ResponseHeader.Read(ref reader, flexible: true).CorrelationId);
                Assert.Equal(ErrorCode.BrokerIdNotRegistered, UnregisterBrokerResponse.Read(ref reader, 0).ErrorCode);
            });
        Quorum(all);
        return all;
    }

    /// <summary>Of an epoch long ago: refused, and nothing changes. A fetch of a consumer is answered.</summary>
    private static void Quorum(Dictionary<ApiKey, Trial> all)
    {
        const string Topic = "__cluster_metadata";
        all.Remove(ApiKey.Fetch);
        Add<FetchResponse>(
            all,
            _ => new FetchRequest
            {
                MaxBytes = 1_000,
                Topics = [new() { Topic = Topic, TopicId = Uuid.MetadataTopic, Partitions = [new() { CurrentLeaderEpoch = -1, PartitionMaxBytes = 1_000 }] }],
            },
            r =>
            {
                None(r.Responses[0].Partitions[0].ErrorCode);
                Assert.True(r.Responses[0].Partitions[0].Records.Length > 0);
            });
        Add<VoteResponse>(
            all, _ => new VoteRequest { Topics = [new() { TopicName = Topic, Partitions = [new() { ReplicaId = 9 }] }] },
            r => Fenced(r.Topics[0].Partitions[0].ErrorCode));
        Add<BeginQuorumEpochResponse>(
            all, _ => new BeginQuorumEpochRequest { Topics = [new() { TopicName = Topic, Partitions = [new() { LeaderId = 9 }] }] },
            r => Fenced(r.Topics[0].Partitions[0].ErrorCode));
        Add<EndQuorumEpochResponse>(
            all, _ => new EndQuorumEpochRequest { Topics = [new() { TopicName = Topic, Partitions = [new() { LeaderId = 9 }] }] },
            r => Fenced(r.Topics[0].Partitions[0].ErrorCode));
        Add<FetchSnapshotResponse>(
            all, _ => new FetchSnapshotRequest { ReplicaId = 9, Topics = [new() { Name = Topic, Partitions = [new()] }] },
            r => Fenced(r.Topics[0].Partitions[0].ErrorCode));
        Add<UpdateRaftVoterResponse>(all, _ => new UpdateRaftVoterRequest { ClusterId = null, VoterId = 9 }, r => Fenced(r.ErrorCode));
    }

    private static void Fenced(ErrorCode error) => Assert.Equal(ErrorCode.FencedLeaderEpoch, error);

    private void Records(Dictionary<ApiKey, Trial> all)
    {
        Add<ProduceResponse>(all, v => TopicClient.ProduceTo(events, Batch.Of("v" + v)), r => None(r.Responses[0].PartitionResponses[0].ErrorCode));
        Add<FetchResponse>(all, _ => TopicClient.FetchOf(events, 0), r => None(TopicClient.Only(r).ErrorCode));
        Add<ListOffsetsResponse>(
            all,
            _ => new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = events.Name, Partitions = [new() { PartitionIndex = 0, Timestamp = -1 }] }] },
            r =>
            {
                None(r.Topics[0].Partitions[0].ErrorCode);
                Assert.True(r.Topics[0].Partitions[0].Offset > 0);
            });
        Add<DeleteRecordsResponse>(
            all,
            _ => new DeleteRecordsRequest { Topics = [new() { Name = events.Name, Partitions = [new() { PartitionIndex = 1, Offset = 0 }] }] },
            r => None(r.Topics[0].Partitions[0].ErrorCode));
        Add<InitProducerIdResponse>(all, _ => new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 1_000 }, r => None(r.ErrorCode));
        Add<OffsetForLeaderEpochResponse>(
            all,
            _ => new OffsetForLeaderEpochRequest { ReplicaId = -1, Topics = [new() { Topic = events.Name, Partitions = [new() { Partition = 0, LeaderEpoch = 0 }] }] },
            r => Assert.True(r.Topics[0].Partitions[0].EndOffset > 0));
        Add<DescribeProducersResponse>(
            all, _ => new DescribeProducersRequest { Topics = [new() { Name = events.Name, PartitionIndexes = [0] }] }, r => None(r.Topics[0].Partitions[0].ErrorCode));
    }

    private void Topics(Dictionary<ApiKey, Trial> all)
    {
        Add<MetadataResponse>(
            all,
            v => new MetadataRequest { Topics = [new() { Name = events.Name }], IncludeTopicAuthorizedOperations = v >= 8 },
            r => Assert.Equal(2, Assert.Single(r.Topics).Partitions.Count));
        Add<CreateTopicsResponse>(
            all,
            v => new CreateTopicsRequest { Topics = [new() { Name = $"created-{v}", NumPartitions = 1, ReplicationFactor = 1 }] },
            r => None(Assert.Single(r.Topics).ErrorCode));
        all[ApiKey.DeleteTopics] = async (client, v) =>
        {
            var doomed = await client.CreateTopic($"doomed-{v}");
            var request = v >= 6 ? new DeleteTopicsRequest { Topics = [new() { TopicId = doomed.Id }] } : new DeleteTopicsRequest { TopicNames = [doomed.Name] };
            var response = await client.Ask<DeleteTopicsResponse>(request, v);
            None(Assert.Single(response.Responses).ErrorCode);
        };
        Add<CreatePartitionsResponse>(
            all,
            v => new CreatePartitionsRequest { Topics = [new() { Name = events.Name, Count = 9, Assignments = null }], ValidateOnly = true },
            r => None(Assert.Single(r.Results).ErrorCode));
        Add<ElectLeadersResponse>(
            all, _ => new ElectLeadersRequest { TopicPartitions = [new() { Topic = events.Name, Partitions = [0] }] },
            r => Assert.Equal(ErrorCode.ElectionNotNeeded, r.ReplicaElectionResults[0].PartitionResult[0].ErrorCode));
        Add<AlterPartitionReassignmentsResponse>(
            all,
            _ => new AlterPartitionReassignmentsRequest { Topics = [new() { Name = events.Name, Partitions = [new() { PartitionIndex = 0, Replicas = null }] }] },
            r => Assert.Equal(ErrorCode.NoReassignmentInProgress, r.Responses[0].Partitions[0].ErrorCode));
        Add<ListPartitionReassignmentsResponse>(all, _ => new ListPartitionReassignmentsRequest(), r => None(r.ErrorCode));
        Add<DescribeTopicPartitionsResponse>(
            all, _ => new DescribeTopicPartitionsRequest { Topics = [new() { Name = events.Name }] }, r => Assert.Equal(2, Assert.Single(r.Topics).Partitions.Count));
        Add<DescribeLogDirsResponse>(all, _ => new DescribeLogDirsRequest { Topics = null }, r => Assert.Contains(r.Results[0].Topics, t => t.Name == events.Name));
        Add<AlterReplicaLogDirsResponse>(
            all,
            _ => new AlterReplicaLogDirsRequest { Dirs = [new() { Path = "/absent", Topics = [new() { Name = events.Name, Partitions = [0] }] }] },
            r => Assert.Equal(ErrorCode.LogDirNotFound, r.Results[0].Partitions[0].ErrorCode));
    }

    private void Groups(Dictionary<ApiKey, Trial> all)
    {
        Add<FindCoordinatorResponse>(
            all, v => v >= 4 ? new FindCoordinatorRequest { CoordinatorKeys = ["group"] } : new FindCoordinatorRequest { Key = "group" },
            r => None(r.Coordinators.Count == 1 ? r.Coordinators[0].ErrorCode : r.ErrorCode));
        Add<OffsetCommitResponse>(
            all,
            _ => new OffsetCommitRequest
            {
                GroupId = "simple", Topics = [new() { Name = events.Name, TopicId = events.Id, Partitions = [new() { PartitionIndex = 0, CommittedOffset = 1 }] }],
            },
            r => None(r.Topics[0].Partitions[0].ErrorCode));
        Add<OffsetFetchResponse>(
            all,
            v => v >= 8
                ? new OffsetFetchRequest { Groups = [new() { GroupId = "simple", Topics = [new() { Name = events.Name, TopicId = events.Id, PartitionIndexes = [0] }] }] }
                : new OffsetFetchRequest { GroupId = "simple", Topics = [new() { Name = events.Name, PartitionIndexes = [0] }] },
            r => None(r.Groups.Count == 1 ? r.Groups[0].Topics[0].Partitions[0].ErrorCode : r.Topics[0].Partitions[0].ErrorCode));
        Add<JoinGroupResponse>(
            all,
            v => new JoinGroupRequest
            {
                GroupId = $"joined-{v}", SessionTimeoutMs = 30_000, RebalanceTimeoutMs = 30_000, MemberId = "", ProtocolType = "consumer",
                Protocols = [new() { Name = "range", Metadata = new byte[] { 0 } }],
            },
            r => Assert.True(r.ErrorCode is ErrorCode.None or ErrorCode.MemberIdRequired));
        Add<SyncGroupResponse>(
            all,
            _ => new SyncGroupRequest { GroupId = "absent", MemberId = "nobody", GenerationId = 1, ProtocolType = "consumer", ProtocolName = "range" },
            r => Assert.Equal(ErrorCode.UnknownMemberId, r.ErrorCode));
        Add<HeartbeatResponse>(
            all, _ => new HeartbeatRequest { GroupId = "absent", MemberId = "nobody", GenerationId = 1 }, r => Assert.Equal(ErrorCode.UnknownMemberId, r.ErrorCode));
        Add<LeaveGroupResponse>(
            all,
            v => v >= 3 ? new LeaveGroupRequest { GroupId = "absent", Members = [new() { MemberId = "nobody" }] }
                : new LeaveGroupRequest { GroupId = "absent", MemberId = "nobody" },
            r => Assert.Equal(ErrorCode.UnknownMemberId, r.Members.Count == 1 ? r.Members[0].ErrorCode : r.ErrorCode));
        Add<DescribeGroupsResponse>(
            all, v => new DescribeGroupsRequest { Groups = ["simple", "absent"], IncludeAuthorizedOperations = v >= 3 }, r => Assert.Equal(2, r.Groups.Count));
        Add<ListGroupsResponse>(all, _ => new ListGroupsRequest(), r => None(r.ErrorCode));
        Add<DeleteGroupsResponse>(
            all, _ => new DeleteGroupsRequest { GroupsNames = ["absent"] }, r => Assert.Equal(ErrorCode.GroupIdNotFound, Assert.Single(r.Results).ErrorCode));
        Add<OffsetDeleteResponse>(
            all,
            _ => new OffsetDeleteRequest { GroupId = "absent", Topics = [new() { Name = events.Name, Partitions = [new() { PartitionIndex = 0 }] }] },
            r => Assert.Equal(ErrorCode.GroupIdNotFound, r.ErrorCode));
        Add<ConsumerGroupHeartbeatResponse>(
            all,
            v => new ConsumerGroupHeartbeatRequest
            {
                GroupId = $"new-{v}", MemberId = v == 0 ? "" : "member", MemberEpoch = 0, RebalanceTimeoutMs = 30_000, SubscribedTopicNames = [events.Name], TopicPartitions = [],
            },
            r => None(r.ErrorCode));
        Add<ConsumerGroupDescribeResponse>(
            all, _ => new ConsumerGroupDescribeRequest { GroupIds = ["absent"], IncludeAuthorizedOperations = true },
            r => Assert.Equal(ErrorCode.GroupIdNotFound, Assert.Single(r.Groups).ErrorCode));
    }

    private void Configs(Dictionary<ApiKey, Trial> all)
    {
        Add<DescribeConfigsResponse>(
            all,
            v => new DescribeConfigsRequest
            {
                Resources =
                    [new() { ResourceType = 2, ResourceName = events.Name, ConfigurationKeys = null }, new() { ResourceType = 4, ResourceName = "1", ConfigurationKeys = null }],
                IncludeSynonyms = true, IncludeDocumentation = v >= 3,
            },
            r => Assert.All(r.Results, result =>
            {
                None(result.ErrorCode);
                Assert.NotEmpty(result.Configs);
            }));
        Add<AlterConfigsResponse>(
            all, _ => new AlterConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = events.Name, Configs = [new() { Name = "flush.ms", Value = "9" }] }] },
            r => None(Assert.Single(r.Responses).ErrorCode));
        Add<IncrementalAlterConfigsResponse>(
            all,
            _ => new IncrementalAlterConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = events.Name, Configs = [new() { Name = "flush.ms", Value = "8" }] }] },
            r => None(Assert.Single(r.Responses).ErrorCode));
        Add<ListConfigResourcesResponse>(all, _ => new ListConfigResourcesRequest(), r => None(r.ErrorCode));
        Add<DescribeClientQuotasResponse>(
            all, _ => new DescribeClientQuotasRequest { Components = [new() { EntityType = "client-id", MatchType = 2, Match = null }] }, r => None(r.ErrorCode));
        Add<AlterClientQuotasResponse>(
            all,
            _ => new AlterClientQuotasRequest
            {
                Entries = [new() { Entity = [new() { EntityType = "client-id", EntityName = "test" }], Ops = [new() { Key = "producer_byte_rate", Value = 1e9 }] }],
            },
            r => None(Assert.Single(r.Entries).ErrorCode));
    }

    private static void Cluster(Dictionary<ApiKey, Trial> all)
    {
        Add<ApiVersionsResponse>(
            all, _ => new ApiVersionsRequest { ClientSoftwareName = "test", ClientSoftwareVersion = "1" },
            r =>
            {
                None(r.ErrorCode);
                Assert.NotEmpty(r.ApiKeys);
            });
        Add<DescribeClusterResponse>(all, _ => new DescribeClusterRequest { IncludeClusterAuthorizedOperations = true }, r => Assert.Single(r.Brokers));
        Add<DescribeQuorumResponse>(
            all,
            _ => new DescribeQuorumRequest { Topics = [new() { TopicName = "__cluster_metadata", Partitions = [new() { PartitionIndex = 0 }] }] },
            r =>
            {
                None(r.ErrorCode);
                Assert.Equal(1, r.Topics[0].Partitions[0].LeaderId);
            });
        Add<AddRaftVoterResponse>(all, _ => new AddRaftVoterRequest { VoterId = 9 }, r => Assert.NotEqual(ErrorCode.None, r.ErrorCode));
        Add<RemoveRaftVoterResponse>(all, _ => new RemoveRaftVoterRequest { VoterId = 9 }, r => Assert.NotEqual(ErrorCode.None, r.ErrorCode));
        Add<UnregisterBrokerResponse>(all, _ => new UnregisterBrokerRequest { BrokerId = 9 }, r => Assert.Equal(ErrorCode.BrokerIdNotRegistered, r.ErrorCode));
        Add<UnregisterControllerResponse>(
            all, _ => new UnregisterControllerRequest { ControllerId = 8 }, r => Assert.Equal(ErrorCode.ControllerIdNotRegistered, r.ErrorCode));
        Add<UpdateFeaturesResponse>(
            all, v => new UpdateFeaturesRequest { FeatureUpdates = [new() { Feature = "no.such.feature", MaxVersionLevel = 1 }], ValidateOnly = v >= 1 },
            r => Assert.True(r.ErrorCode != ErrorCode.None || r.Results.Count == 1));
    }

    private static void None(ErrorCode error) => Assert.Equal(ErrorCode.None, error);

    private static void Add<TResponse>(Dictionary<ApiKey, Trial> all, Func<short, IRequest> request, Action<TResponse> check) where TResponse : IResponse<TResponse> =>
        all.Add(TResponse.ApiKey, async (client, version) => check(await client.Ask<TResponse>(request(version), version)));
}
