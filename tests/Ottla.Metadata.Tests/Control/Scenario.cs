using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Ottla.Metadata.Features;
using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Tests.Control;

/// <summary>Drives a controller by a scenario in plain text: each line a request, indented below it the answer and the records that it led
/// to.</summary>
internal static partial class Scenario
{
    public static void Check(string scenario) => Check(new Brain(), scenario);

    /// <summary>A backslash at the end of a line joins the next one to it.</summary>
    public static void Check(Brain brain, string scenario)
    {
        scenario = LineJoin().Replace(scenario.ReplaceLineEndings("\n"), "");
        var told = new StringBuilder();
        foreach (var line in scenario.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.StartsWith(' ') || line.Length == 0) continue;
            told.Append(line).Append('\n');
            if (line.StartsWith('#')) continue;
            var before = brain.Log.Count;
            foreach (var answer in Run(brain, line.Split(' '))) told.Append("  ").Append(answer).Append('\n');
            foreach (var record in brain.Log.Skip(before)) told.Append("  + ").Append(Tell(brain, record)).Append('\n');
        }

        Assert.Equal(Clean(scenario), Clean(told.ToString()));
        Assert.Equal(ImageText.Of(brain.Image), ImageText.Of(Brain.Replayed(brain.Log)));
    }

    [GeneratedRegex(@"\\\n +")]
    private static partial Regex LineJoin();

    private static string Clean(string text) => string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Where(line => line.Length > 0));

    private static IEnumerable<string> Run(Brain brain, string[] words) => words switch
    {
        ["create", .. var topics] => Create(brain, topics, validateOnly: false),
        ["check", "create", .. var topics] => Create(brain, topics, validateOnly: true),
        ["delete", .. var names] => Delete(brain, names),
        ["grow", var name, var count, .. var assignments] => Grow(brain, name, count, assignments),
        ["alter", var type, var name, .. var changes] => Alter(brain, type, name, changes),
        ["replace", var type, var name, .. var configs] => Replace(brain, type, name, configs),
        ["register", var id, .. var how] => Register(brain, id, how),
        ["at", var ms] => Nothing(brain.Controller.NowMs = long.Parse(ms, CultureInfo.InvariantCulture)),
        ["tick"] => Tick(brain),
        ["beat", var id, .. var how] => Beat(brain, Int(id), how),
        ["dead", var id] => Dead(brain, Int(id)),
        ["isr", var partition, "by", var id, var members, .. var how] => AlterIsr(brain, partition, Int(id), members, how),
        ["forget", "controller", var id] => Forget(brain, Int(id)),
        ["unregister", var id] => [Tell(brain.Do(brain.Controller.Brokers.UnregisterBroker(new() { BrokerId = Int(id) })) is var r
            ? r.ErrorCode
            : default, r.ErrorMessage)],
        ["fence"] => [Tell(brain.Do(brain.Controller.Brokers.FenceSelf()).Error, null)],
        ["dirs", .. var online] => [Tell(brain.Do(brain.Controller.Directories.ChangeOwnDirectories([.. online.Select(DirectoryOf)], null)).Error, null)],
        ["ids"] => Ids(brain),
        ["elect", var kind, .. var partitions] => Elect(brain, kind, partitions),
        ["reassign", var partition, .. var replicas] => Reassign(brain, partition, replicas),
        ["assign", var partition, var directory] => Assign(brain, partition, directory),
        ["feature", .. var updates] => Feature(brain, updates),
        ["quota", var entity, .. var ops] => Quota(brain, entity, ops),
        _ => throw new ArgumentException(string.Join(' ', words)),
    };

    /// <summary>name, name/partitions, name/partitions/factor, name=0:1,2;1:2 by hand; a config follows its topic with a plus:
    /// name+retention.ms=5.</summary>
    private static IEnumerable<string> Create(Brain brain, string[] topics, bool validateOnly)
    {
        var request = new CreateTopicsRequest { ValidateOnly = validateOnly };
        foreach (var text in topics)
        {
            var parts = text.Split('+');
            var (name, hand) = parts[0].Split('=') is [var n, var h] ? (n, h) : (parts[0], null);
            var sizes = name.Split('/');
            var topic = new CreateTopicsRequest.CreatableTopic
            {
                Name = sizes[0] == "(empty)" ? "" : sizes[0],
                NumPartitions = sizes.Length > 1 ? Int(sizes[1]) : -1,
                ReplicationFactor = sizes.Length > 2 ? (short)Int(sizes[2]) : (short)-1,
            };
            foreach (var config in parts.Skip(1)) topic.Configs.Add(new() { Name = config.Split('=')[0], Value = config.Split('=') is [_, var value]
                ? value
                : null });
            foreach (var assignment in hand?.Split(';') ?? [])
            {
                topic.Assignments.Add(new()
                {
                    PartitionIndex = Int(assignment.Split(':')[0]),
                    BrokerIds = [.. assignment.Split(':')[1].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Int)],
                });
            }

            request.Topics.Add(topic);
        }

        var response = brain.Do(brain.Controller.Topics.CreateTopics(request));
        return response.Topics.Select(topic => topic.ErrorCode == ErrorCode.None
            ? $"{topic.Name} {topic.NumPartitions}x{topic.ReplicationFactor}"
            : $"{topic.Name} {Tell(topic.ErrorCode, topic.ErrorMessage)}");
    }

    private static IEnumerable<string> Delete(Brain brain, string[] names)
    {
        var request = new DeleteTopicsRequest();
        foreach (var name in names)
        {
            var isId = name.StartsWith("id:", StringComparison.Ordinal);
            request.Topics.Add(new()
            {
                Name = isId ? null : name,
                TopicId = isId ? brain.Image.Topics.Find(name[3..])?.Id ?? new Uuid(9, 9) : Uuid.Zero,
            });
        }

        return brain.Do(brain.Controller.Topics.DeleteTopics(request, 6)).Responses.Select(topic => $"{topic.Name ?? "(id)"} {Tell(topic.ErrorCode, topic.ErrorMessage)}");
    }

    private static IEnumerable<string> Grow(Brain brain, string name, string count, string[] assignments)
    {
        var topic = new CreatePartitionsRequest.CreatePartitionsTopic { Name = name, Count = Int(count), Assignments = null };
        if (assignments.Length > 0) topic.Assignments = [];
        foreach (var assignment in assignments.Where(a => a != "none")) topic.Assignments!.Add(new() { BrokerIds = [.. assignment.Split(',').Select(Int)] });
        return brain.Do(brain.Controller.Partitions.CreatePartitions(new() { Topics = [topic] })).Results.Select(result => Tell(result.ErrorCode, result.ErrorMessage));
    }

    /// <summary>name=value sets, -name deletes, name&lt;value appends, name&gt;value subtracts.</summary>
    private static IEnumerable<string> Alter(Brain brain, string type, string name, string[] changes)
    {
        var resource = new IncrementalAlterConfigsRequest.AlterConfigsResource { ResourceType = TypeOf(type), ResourceName = name == "(default)"
            ? ""
            : name };
        foreach (var change in changes)
        {
            var at = change.IndexOfAny(['=', '<', '>']);
            resource.Configs.Add(change.StartsWith('-')
                ? new() { Name = change[1..], ConfigOperation = 1 }
                : new() { Name = change[..at], ConfigOperation = change[at] switch { '=' => 0, '<' => 2, _ => 3 },
                Value = change[(at + 1)..] });
        }

        return brain.Do(brain.Controller.Configs.IncrementalAlterConfigs(new() { Resources = [resource] })).Responses.Select(r => Tell(r.ErrorCode, r.ErrorMessage));
    }

    private static IEnumerable<string> Replace(Brain brain, string type, string name, string[] configs)
    {
        var resource = new AlterConfigsRequest.AlterConfigsResource
        {
            ResourceType = TypeOf(type),
            ResourceName = name == "(default)" ? "" : name,
            Configs = [.. configs.Select(config => new AlterConfigsRequest.AlterableConfig { Name = config.Split('=')[0],
            Value = config.Split('=')[1] })],
        };
        return brain.Do(brain.Controller.Configs.AlterConfigs(new() { Resources = [resource] })).Responses.Select(r => Tell(r.ErrorCode, r.ErrorMessage));
    }

    private static Uuid DirectoryOf(string number) => new(7, ulong.Parse(number, CultureInfo.InvariantCulture));

    /// <summary>Directories may follow, by number; without one it is 6 and the node's number.</summary>
    private static IEnumerable<string> Register(Brain brain, string id, string[] how)
    {
        var number = Int(id);
        var clean = how.Contains("clean") ? brain.Image.Cluster.Broker(new BrokerId(number))!.Epoch.Value : -1;
        var directories = how.Where(word => char.IsDigit(word[0])).Select(DirectoryOf).ToList();
        if (directories.Count == 0) directories.Add(new Uuid(7, (ulong)(6 + number)));
        var response = brain.Register(number, directories, clean, self: number == 1 && !how.Contains("stranger"));
        return [response.ErrorCode == ErrorCode.None ? $"epoch {response.BrokerEpoch}" : Tell(response.ErrorCode, null)];
    }

    private static IEnumerable<string> Nothing(long _) => [];

    private static IEnumerable<string> Tick(Brain brain)
    {
        foreach (var decision in brain.Controller.Periodic.Tick()) brain.Do(decision);
        return [$"next at {(brain.Controller.Periodic.NextMs is long.MaxValue ? "no time" : brain.Controller.Periodic.NextMs)}"];
    }

    /// <summary>A heartbeat of a broker that has read everything; behind: of its registration nothing yet; fence, stop,
    /// offline=8.</summary>
    private static IEnumerable<string> Beat(Brain brain, int id, string[] how)
    {
        var broker = brain.Image.Cluster.Broker(new BrokerId(id));
        var request = new BrokerHeartbeatRequest
        {
            BrokerId = id,
            BrokerEpoch = how.Contains("stale") ? 1 : broker?.Epoch.Value ?? 1,
            CurrentMetadataOffset = how.Contains("behind") ? broker!.Epoch.Value - 1 : brain.Image.Provenance.EndOffset.Value - 1,
            WantFence = how.Contains("fence"),
            WantShutDown = how.Contains("stop"),
            OfflineLogDirs = [.. how.Where(word => word.StartsWith("offline=", StringComparison.Ordinal)).Select(word => DirectoryOf(word[8..]))],
        };
        var answer = brain.Do(brain.Controller.Heartbeats.BrokerHeartbeat(request));
        if (answer.ErrorCode != ErrorCode.None) return [Tell(answer.ErrorCode, null)];
        return [(answer.IsCaughtUp ? "caught up" : "behind") + (answer.IsFenced ? ", fenced" : ", active") + (answer.ShouldShutDown ? ", may stop" : "")];
    }

    private static IEnumerable<string> Dead(Brain brain, int id) =>
        [Tell(brain.Do(brain.Controller.Heartbeats.FenceDead(new BrokerId(id), brain.Image.Cluster.Broker(new BrokerId(id))!.Epoch)).Error, null)];

    /// <summary>AlterPartition of one partition as it is; leader=N and partition=N are epochs, 2@7 a member with another epoch,
    /// recovering.</summary>
    private static IEnumerable<string> AlterIsr(Brain brain, string text, int id, string members, string[] how)
    {
        var (name, number) = Partition(text);
        var topic = brain.Image.Topics.Find(name);
        var partition = topic?.Partition(number);
        int? Given(string what) => how.FirstOrDefault(word => word.StartsWith(what + "=", StringComparison.Ordinal)) is { } word ? Int(word[(what.Length + 1)..]) : null;
        var request = new AlterPartitionRequest
        {
            BrokerId = id,
            BrokerEpoch = how.Contains("stale") ? 1 : brain.Image.Cluster.Broker(new BrokerId(id))!.Epoch.Value,
            Topics =
            [
                new()
                {
                    TopicId = topic?.Id ?? new Uuid(9, 9),
                    Partitions =
                    [
                        new()
                        {
                            PartitionIndex = number,
                            LeaderEpoch = Given("leader") ?? partition?.LeaderEpoch.Value ?? 0,
                            PartitionEpoch = Given("partition") ?? partition?.PartitionEpoch ?? 0,
                            LeaderRecoveryState = (sbyte)(how.Contains("recovering") ? 1 : 0),
                            NewIsrWithEpochs = [.. members.Split(',').Select(member => new AlterPartitionRequest.BrokerState
                            {
                                BrokerId = Int(member.Split('@')[0]),
                                BrokerEpoch = member.Split('@') is [_, var epoch] ? Int(epoch) : brain.Image.Cluster.Broker(new BrokerId(Int(member)))?.Epoch.Value ?? -1,
                            })],
                        },
                    ],
                },
            ],
        };
        var response = brain.Do(brain.Controller.InSync.AlterPartition(request, 3));
        if (response.ErrorCode != ErrorCode.None) return [Tell(response.ErrorCode, null)];
        var answer = response.Topics[0].Partitions[0];
        return [answer.ErrorCode == ErrorCode.None
            ? $"leader {answer.LeaderId} epoch {answer.LeaderEpoch}, isr {List(answer.Isr)}, partition epoch {answer.PartitionEpoch}"
            : Tell(answer.ErrorCode, null)];
    }

    private static IEnumerable<string> Forget(Brain brain, int id)
    {
        var response = brain.Do(brain.Controller.Controllers.UnregisterController(new() { ControllerId = id }));
        return [Tell(response.ErrorCode, response.ErrorMessage)];
    }

    private static IEnumerable<string> Ids(Brain brain)
    {
        var response = brain.Do(brain.Controller.ProducerIds.AllocateProducerIds(new() { BrokerId = 1, BrokerEpoch = brain.BrokerEpoch }));
        return [$"{response.ProducerIdStart}+{response.ProducerIdLen}"];
    }

    private static IEnumerable<string> Elect(Brain brain, string kind, string[] partitions)
    {
        var request = new ElectLeadersRequest { ElectionType = (sbyte)(kind == "preferred" ? 0 : kind == "unclean" ? 1 : 9),
        TopicPartitions = partitions.Length == 0 ? null : [] };
        foreach (var (topic, number) in partitions.Select(Partition)) request.TopicPartitions!.Add(new() { Topic = topic,
        Partitions = [number] });
        var response = brain.Do(brain.Controller.Elections.ElectLeaders(request));
        if (response.ErrorCode != ErrorCode.None) return [Tell(response.ErrorCode, null)];
        return response.ReplicaElectionResults.SelectMany(topic => topic.PartitionResult.Select(p => $"{topic.Topic}-{p.PartitionId} {Tell(p.ErrorCode, p.ErrorMessage)}"));
    }

    private static IEnumerable<string> Reassign(Brain brain, string partition, string[] replicas)
    {
        var (topic, number) = Partition(partition);
        var request = new AlterPartitionReassignmentsRequest
        {
            Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = number, Replicas = replicas is ["cancel"]
                ? null
                : [.. replicas.Select(Int)] }] }],
        };
        foreach (var p in brain.Do(brain.Controller.Reassignments.AlterPartitionReassignments(request)).Responses[0].Partitions) yield return Tell(p.ErrorCode, p.ErrorMessage);
        foreach (var p in brain.Controller.Reassignments.ListPartitionReassignments(new()).Response.Topics.SelectMany(t => t.Partitions))
            yield return $"under way: {string.Join(",", p.Replicas)}, adding {string.Join(",", p.AddingReplicas)}, removing {string.Join(",", p.RemovingReplicas)}";
    }

    private static IEnumerable<string> Assign(Brain brain, string partition, string directory)
    {
        var (topic, number) = Partition(partition);
        var request = new AssignReplicasToDirsRequest
        {
            BrokerId = 1,
            BrokerEpoch = brain.BrokerEpoch,
            Directories =
            [
                new()
                {
                    Id = directory == "lost" ? DirectoryIds.Lost : DirectoryOf(directory),
                    Topics = [new() { TopicId = brain.Image.Topics.Find(topic)?.Id ?? new Uuid(9, 9),
                    Partitions = [new() { PartitionIndex = number }] }],
                },
            ],
        };
        return brain.Do(brain.Controller.Directories.AssignReplicasToDirs(request)).Directories.Select(d => Tell(d.Topics[0].Partitions[0].ErrorCode, null));
    }

    private static IEnumerable<string> Feature(Brain brain, string[] updates)
    {
        var request = new UpdateFeaturesRequest();
        foreach (var update in updates)
        {
            var type = (sbyte)(update[0] == '!' ? 3 : update[0] == '-' ? 2 : 1);
            var text = update.TrimStart('!', '-');
            request.FeatureUpdates.Add(new() { Feature = text.Split('=')[0], MaxVersionLevel = (short)Int(text.Split('=')[1]),
            UpgradeType = type });
        }

        var response = brain.Do(brain.Controller.Features.UpdateFeatures(request, 2));
        return [Tell(response.ErrorCode, response.ErrorMessage?.Replace("The update failed for all features since the following feature had an error: ", ""))];
    }

    /// <summary>user=alice,client-id= names an entity; producer_byte_rate=5 sets, -producer_byte_rate removes.</summary>
    private static IEnumerable<string> Quota(Brain brain, string entity, string[] ops)
    {
        var entry = new AlterClientQuotasRequest.EntryData();
        foreach (var part in entity.Split(',', StringSplitOptions.RemoveEmptyEntries))
            entry.Entity.Add(new() { EntityType = part.Split('=')[0], EntityName = part.Split('=') is [_, { Length: > 0 } name]
                ? name
                : null });
        foreach (var op in ops)
        {
            entry.Ops.Add(op[0] == '-'
                ? new() { Key = op[1..], Remove = true }
                : new() { Key = op.Split('=')[0], Value = double.Parse(op.Split('=')[1], CultureInfo.InvariantCulture) });
        }

        return brain.Do(brain.Controller.Quotas.AlterClientQuotas(new() { Entries = [entry] })).Entries.Select(e => Tell(e.ErrorCode, e.ErrorMessage));
    }

    private static string Tell(ErrorCode code, string? message) =>
        code == ErrorCode.None ? "ok" : message is null ? code.ProtocolName() : $"{code.ProtocolName()} {message}";

    private static string Tell(Brain brain, VersionedRecord versioned)
    {
        string Topic(Uuid id) => brain.Image.Topics.Find(id)?.Name ?? brain.Log.Select(r => r.Record).OfType<TopicRecord>().First(t => t.TopicId == id).Name;
        return versioned.Record switch
        {
            TopicRecord r => $"topic {r.Name}",
            RemoveTopicRecord r => $"remove {Topic(r.TopicId)}",
            ConfigRecord r => $"config {(ConfigTypes)r.ResourceType} {r.ResourceName}{(r.ResourceName.Length > 0
                ? " "
                : "")}{r.Name}={r.Value ?? "(none)"}",
            PartitionRecord r => $"partition {Topic(r.TopicId)}-{r.PartitionId} replicas {string.Join(",", r.Replicas)} isr {string.Join(",", r.Isr)} leader {r.Leader}",
            PartitionChangeRecord r => $"change {Topic(r.TopicId)}-{r.PartitionId}{Changed(r)}",
            RegisterBrokerRecord r => $"broker {r.BrokerId} epoch {r.BrokerEpoch}{(r.Fenced ? " fenced" : "")} v{versioned.Version}",
            BrokerRegistrationChangeRecord r =>
                $"broker {r.BrokerId} {(r.InControlledShutdown > 0 ? "stopping" : r.Fenced < 0 ? "unfenced" : r.Fenced > 0 ? "fenced" : "changed")}",
            ClearElrRecord r => $"clear eligible of {(r.TopicName.Length > 0 ? r.TopicName : "all")}",
            UnregisterBrokerRecord r => $"broker {r.BrokerId} gone",
            ProducerIdsRecord r => $"producer ids up to {r.NextProducerId}",
            FeatureLevelRecord r => $"{r.Name}={r.FeatureLevel}",
            ClientQuotaRecord r => $"quota {string.Join(",", r.Entity.Select(e => $"{e.EntityType}={e.EntityName}"))} {r.Key}" +
                (r.Remove ? " removed" : $"={r.Value.ToString(CultureInfo.InvariantCulture)}"),
            _ => versioned.Record.GetType().Name,
        };
    }

    private static string Changed(PartitionChangeRecord r)
    {
        var text = new StringBuilder();
        if (r.Leader != PartitionRegistration.NoLeaderChange) text.Append($" leader {r.Leader}");
        if (r.Isr is { } isr) text.Append($" isr {List(isr)}");
        if (r.EligibleLeaderReplicas is { } eligible) text.Append($" eligible {List(eligible)}");
        if (r.LastKnownElr is { } last) text.Append($" last {List(last)}");
        if (r.Replicas is { } replicas) text.Append($" replicas {string.Join(",", replicas)}");
        if (r.AddingReplicas is { Count: > 0 } adding) text.Append($" adding {string.Join(",", adding)}");
        if (r.RemovingReplicas is { Count: > 0 } removing) text.Append($" removing {string.Join(",", removing)}");
        if (r.LeaderRecoveryState >= 0) text.Append($" recovery {r.LeaderRecoveryState}");
        if (r.Directories is { } directories) text.Append($" directories {string.Join(",", directories.Select(d => d.Low))}");
        return text.ToString();
    }

    private static string List(List<int> ids) => ids.Count == 0 ? "nobody" : string.Join(",", ids);

    private static (string Topic, int Number) Partition(string text) =>
        (text[..text.LastIndexOf('-')], Int(text[(text.LastIndexOf('-') + 1)..]));

    private static sbyte TypeOf(string name) => (sbyte)Enum.Parse<ConfigTypes>(name);

    private static int Int(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private enum ConfigTypes : sbyte
    {
        none = 0,
        topic = 2,
        broker = 4,
        logger = 8,
        metrics = 16,
        group = 32,
    }
}
