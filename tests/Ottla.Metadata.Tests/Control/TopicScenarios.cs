using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Tests.Control;

public sealed class TopicScenarios
{
    [Fact]
    public void A_topic_gets_its_partitions_with_leaders_at_once() => Scenario.Check(
        """
        create orders/3/1+retention.ms=60000
          orders 3x1
          + topic orders
          + config topic orders retention.ms=60000
          + partition orders-0 replicas 1 isr 1 leader 1
          + partition orders-1 replicas 1 isr 1 leader 1
          + partition orders-2 replicas 1 isr 1 leader 1
        create orders
          orders TOPIC_ALREADY_EXISTS Topic 'orders' already exists.
        """);

    [Fact]
    public void What_is_left_open_takes_the_defaults() => Scenario.Check(
        """
        create plain
          plain 2x1
          + topic plain
          + partition plain-0 replicas 1 isr 1 leader 1
          + partition plain-1 replicas 1 isr 1 leader 1
        alter broker (default) num.partitions=1
          INVALID_REQUEST Cannot update these configs dynamically: [num.partitions]
        """);

    [Fact]
    public void A_request_of_several_topics_creates_those_that_can_be() => Scenario.Check(
        """
        create a/1/1 b/0/1 c/1/2 d/1/1+no.such=1 e/1/1
          a 1x1
          b INVALID_PARTITIONS Number of partitions was set to an invalid non-positive value.
          c INVALID_REPLICATION_FACTOR Unable to replicate the partition 2 time(s): \
            The target replication factor of 2 cannot be reached because only 1 broker(s) are registered or some brokers have all their log directories cordoned.
          d INVALID_CONFIG Unknown topic config name: no.such
          e 1x1
          + topic a
          + partition a-0 replicas 1 isr 1 leader 1
          + topic e
          + partition e-0 replicas 1 isr 1 leader 1
        """);

    [Fact]
    public void A_name_that_is_no_name_is_refused() => Scenario.Check(
        """
        create (empty) . .. a/b* __cluster_metadata
           INVALID_TOPIC_EXCEPTION Topic name is invalid: the empty string is not allowed
          . INVALID_TOPIC_EXCEPTION Topic name is invalid: '.' is not allowed
          .. INVALID_TOPIC_EXCEPTION Topic name is invalid: '..' is not allowed
          a INVALID_PARTITIONS Number of partitions was set to an invalid non-positive value.
          __cluster_metadata INVALID_REQUEST Creation of internal topic __cluster_metadata is prohibited.
        create é
          é INVALID_TOPIC_EXCEPTION Topic name is invalid: 'é' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'
        """.Replace("a/b*", "a/0"));

    [Fact]
    public void Names_that_differ_in_dots_and_underscores_alone_collide_until_one_is_gone() => Scenario.Check(
        """
        create co.ll/1
          co.ll 1x1
          + topic co.ll
          + partition co.ll-0 replicas 1 isr 1 leader 1
        create co_ll/1
          co_ll INVALID_TOPIC_EXCEPTION Topic 'co_ll' collides with existing topic: co.ll
        create x_y/1 x.y/1
          x_y 1x1
          x.y INVALID_TOPIC_EXCEPTION Topic 'x.y' collides with existing topic: x_y
          + topic x_y
          + partition x_y-0 replicas 1 isr 1 leader 1
        delete co.ll
          co.ll ok
          + remove co.ll
        create co_ll/1
          co_ll 1x1
          + topic co_ll
          + partition co_ll-0 replicas 1 isr 1 leader 1
        """);

    [Fact]
    public void The_same_name_twice_in_one_request_is_refused() => Scenario.Check(
        """
        create twice/1 twice/1 once/1
          twice INVALID_REQUEST Duplicate topic name.
          once 1x1
          + topic once
          + partition once-0 replicas 1 isr 1 leader 1
        """);

    [Fact]
    public void Replicas_by_hand_must_exist_and_fit_together() => Scenario.Check(
        """
        create a=0:9
          a INVALID_REPLICA_ASSIGNMENT The manual partition assignment includes broker 9, but no such broker is registered.
        create a=0:1;2:1
          a INVALID_REPLICA_ASSIGNMENT partitions should be a consecutive 0-based integer sequence
        create a=0:1,1
          a INVALID_REPLICA_ASSIGNMENT The manual partition assignment includes the broker 1 more than once.
        create a=0:
          a INVALID_REPLICA_ASSIGNMENT The manual partition assignment includes an empty replica list.
        create a/2=0:1
          a INVALID_REQUEST A manual partition assignment was specified, but numPartitions was not set to -1.
        create a/-1/1=0:1
          a INVALID_REQUEST A manual partition assignment was specified, but replication factor was not set to -1.
        create a=1:1;0:1
          a 2x1
          + topic a
          + partition a-0 replicas 1 isr 1 leader 1
          + partition a-1 replicas 1 isr 1 leader 1
        """);

    [Fact]
    public void Only_checking_changes_nothing() => Scenario.Check(
        """
        check create dry/2/1
          dry 2x1
        check create dry/2/5
          dry INVALID_REPLICATION_FACTOR Unable to replicate the partition 5 time(s): \
            The target replication factor of 5 cannot be reached because only 1 broker(s) are registered or some brokers have all their log directories cordoned.
        delete dry
          dry UNKNOWN_TOPIC_OR_PARTITION This server does not host this topic-partition.
        """);

    [Fact]
    public void One_request_makes_ten_thousand_partitions_at_most() => Scenario.Check(
        """
        create big/10000/1 more/1/1
          big POLICY_VIOLATION Excessively large number of partitions per request.
          more POLICY_VIOLATION Excessively large number of partitions per request.
        """);

    [Fact]
    public void A_deleted_topic_takes_its_configs_along() => Scenario.Check(
        """
        create a/1/1+retention.ms=5
          a 1x1
          + topic a
          + config topic a retention.ms=5
          + partition a-0 replicas 1 isr 1 leader 1
        delete id:a
          a ok
          + remove a
        create a/1/1
          a 1x1
          + topic a
          + partition a-0 replicas 1 isr 1 leader 1
        alter topic a cleanup.policy<compact
          ok
          + config topic a cleanup.policy=delete,compact
        """);

    [Fact]
    public void Topics_that_do_not_exist_or_are_named_twice_are_not_deleted() => Scenario.Check(
        """
        create a/1
          a 1x1
          + topic a
          + partition a-0 replicas 1 isr 1 leader 1
        delete none id:none
          none UNKNOWN_TOPIC_OR_PARTITION This server does not host this topic-partition.
          (id) UNKNOWN_TOPIC_ID This server does not host this topic ID.
        delete a id:a
          a ok
          (id) INVALID_REQUEST The provided topic name maps to an ID that was already supplied.
          + remove a
        """);

    [Fact]
    public void Partitions_are_added_and_never_taken_away() => Scenario.Check(
        """
        create a/2
          a 2x1
          + topic a
          + partition a-0 replicas 1 isr 1 leader 1
          + partition a-1 replicas 1 isr 1 leader 1
        grow a 2
          INVALID_PARTITIONS Topic already has 2 partition(s).
        grow a 1
          INVALID_PARTITIONS The topic a currently has 2 partition(s); 1 would not be an increase.
        grow none 3
          UNKNOWN_TOPIC_OR_PARTITION
        grow a 3 none
          INVALID_REPLICA_ASSIGNMENT Attempted to add 1 additional partition(s), but only 0 assignment(s) were specified.
        grow a 3 4
          INVALID_REPLICA_ASSIGNMENT The manual partition assignment includes broker 4, but no such broker is registered.
        grow a 20000
          POLICY_VIOLATION Excessively large number of additional partitions per request.
        grow a 4 1 1
          ok
          + partition a-2 replicas 1 isr 1 leader 1
          + partition a-3 replicas 1 isr 1 leader 1
        grow a 5
          ok
          + partition a-4 replicas 1 isr 1 leader 1
        """);

    [Fact]
    public void Of_a_feature_that_is_named_twice_the_last_update_holds() => Scenario.Check(
        """
        feature share.version=9 -share.version=1
          ok
          + share.version=1
        """);

    [Fact]
    public void A_resource_that_is_named_twice_is_refused_each_time()
    {
        var brain = new Brain();
        IncrementalAlterConfigsRequest.AlterConfigsResource Of(string name) =>
            new() { ResourceType = 4, ResourceName = name, Configs = [new() { Name = "log.cleaner.threads", Value = "2" }] };
        var answers = brain.Do(brain.Controller.Configs.IncrementalAlterConfigs(new() { Resources = [Of("1"), Of(""), Of("1")] })).Responses;
        Assert.Equal(
            [("1", ErrorCode.InvalidRequest), ("", ErrorCode.None), ("1", ErrorCode.InvalidRequest)],
            answers.Select(answer => (answer.ResourceName, answer.ErrorCode)));
    }

    [Fact]
    public void Names_of_any_length_are_quoted_so_that_the_answer_can_be_written()
    {
        var brain = new Brain();
        var name = new string('x', 32_760);
        var created = brain.Do(brain.Controller.Topics.CreateTopics(new() { Topics = [new() { Name = name, NumPartitions = 1, ReplicationFactor = 1 }] })).Topics[0];
        Assert.Equal((ErrorCode.InvalidTopicException, name), (created.ErrorCode, created.Name));
        Assert.InRange(created.ErrorMessage!.Length, 200, 400);
        var elected = brain.Do(brain.Controller.Elections.ElectLeaders(new() { TopicPartitions = [new() { Topic = name, Partitions = [0, 0] }] }));
        Assert.Equal(2, elected.ReplicaElectionResults[0].PartitionResult.Count(partition => partition.ErrorMessage!.Length < 400));
    }
}
