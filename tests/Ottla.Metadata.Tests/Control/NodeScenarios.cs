namespace Ottla.Metadata.Tests.Control;

public sealed class NodeScenarios
{
    private const string Made =
        """
        create a/2
          a 2x1
          + topic a
          + partition a-0 replicas 1 isr 1 leader 1
          + partition a-1 replicas 1 isr 1 leader 1

        """;

    [Fact]
    public void After_a_clean_stop_partitions_keep_their_leader_epochs() => Scenario.Check(
        Made +
        """
        fence
          ok
          + broker 1 fenced
        register 1 clean
          epoch 15
          + broker 1 epoch 15 fenced v4
          + broker 1 unfenced
        """);

    [Fact]
    public void After_a_crash_the_former_incarnation_is_replaced_at_once_and_leader_epochs_go_up() => Scenario.Check(
        Made +
        """
        register 1
          epoch 14
          + broker 1 epoch 14 fenced v4
          + broker 1 unfenced
          + change a-0 leader 1
          + change a-1 leader 1
        """);

    [Fact]
    public void Another_broker_registers_fenced_and_a_former_run_of_this_very_node_is_known_to_be_gone() => Scenario.Check(
        """
        register 2
          epoch 11
          + broker 2 epoch 11 fenced v4
        register 2
          epoch 12
          + broker 2 epoch 12 fenced v4
        register 1 stranger
          epoch 13
          + broker 1 epoch 13 fenced v4
        """);

    [Fact]
    public void A_broker_that_left_for_good_leads_nothing() => Scenario.Check(
        Made +
        """
        unregister 9
          BROKER_ID_NOT_REGISTERED Broker ID 9 is not currently registered
        unregister 1
          ok
          + change a-0 leader -1 isr nobody eligible 1 last 1
          + change a-1 leader -1 isr nobody eligible 1 last 1
          + broker 1 gone
        register 1
          epoch 17
          + broker 1 epoch 17 fenced v4
          + broker 1 unfenced
          + change a-0 leader 1 isr 1 eligible nobody last nobody
          + change a-1 leader 1 isr 1 eligible nobody last nobody
        """);

    [Fact]
    public void Producer_ids_come_in_blocks_of_a_thousand() => Scenario.Check(
        """
        ids
          0+1000
          + producer ids up to 1000
        ids
          1000+1000
          + producer ids up to 2000
        """);

    [Fact]
    public void Leaders_are_elected_where_there_is_somebody_to_elect() => Scenario.Check(
        Made +
        """
        elect preferred
        elect preferred a-0 a-7 none-0
          a-0 ELECTION_NOT_NEEDED Leader election not needed for topic partition.
          a-7 UNKNOWN_TOPIC_OR_PARTITION No such partition as a-7
          none-0 UNKNOWN_TOPIC_OR_PARTITION No such topic as none
        elect odd a-0
          INVALID_REQUEST
        """);

    [Fact]
    public void Replicas_stay_where_they_are_when_there_is_nowhere_else() => Scenario.Check(
        Made +
        """
        reassign a-0 1
          ok
        reassign a-0 2
          INVALID_REPLICA_ASSIGNMENT The manual partition assignment includes broker 2, but no such broker is registered.
        reassign a-0 cancel
          NO_REASSIGNMENT_IN_PROGRESS
        reassign a-9 1
          UNKNOWN_TOPIC_OR_PARTITION Unable to find partition a:9.
        reassign none-0 1
          UNKNOWN_TOPIC_OR_PARTITION Unable to find a topic named none.
        """);

    [Fact]
    public void A_move_to_another_broker_is_under_way_until_it_is_taken_back() => Scenario.Check(
        Made +
        """
        register 2
          epoch 14
          + broker 2 epoch 14 fenced v4
        reassign a-0 2
          ok
          under way: 2,1, adding 2, removing 1
          + change a-0 replicas 2,1 adding 2 removing 1 directories 8,7
        reassign a-0 cancel
          ok
          + change a-0 leader 1 replicas 1 directories 7
        """);

    [Fact]
    public void A_broker_tells_where_its_replicas_lie() => Scenario.Check(
        Made +
        """
        assign a-0 7
          NONE
        assign a-5 9
          UNKNOWN_TOPIC_OR_PARTITION
        assign none-0 9
          UNKNOWN_TOPIC_ID
        """.Replace("NONE", "ok"));

    [Fact]
    public void Features_go_up_and_down_within_bounds() => Scenario.Check(
        """
        feature share.version=0
          INVALID_UPDATE_VERSION Invalid update version 0 for feature share.version. \
            Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.
        feature -share.version=0
          ok
          + share.version=0
        feature share.version=1
          ok
          + share.version=1
        feature no.such=1
          INVALID_UPDATE_VERSION Invalid update version 1 for feature no.such. Local controller 1 does not support this feature.
        feature group.version=9
          INVALID_UPDATE_VERSION Invalid update version 9 for feature group.version. Local controller 1 only supports versions 0-1
        feature -metadata.version=0
          INVALID_UPDATE_VERSION Invalid update version 0 for feature metadata.version. Local controller 1 only supports versions 7-33
        feature -metadata.version=21
          INVALID_UPDATE_VERSION Unsupported metadata.version downgrade from 33 to 21. Refusing to perform the requested downgrade because it might delete metadata information.
        feature !metadata.version=21
          INVALID_UPDATE_VERSION Unsupported metadata.version downgrade from 33 to 21. Unsafe metadata downgrade is not supported in this version.
        feature transaction.version=2
          ok
        """);

    [Fact]
    public void Quotas_are_kept_by_entity() => Scenario.Check(
        """
        quota user=alice,client-id= producer_byte_rate=1000
          ok
          + quota client-id=,user=alice producer_byte_rate=1000
        quota user=alice,client-id= producer_byte_rate=1000
          ok
        quota user=alice,client-id= -producer_byte_rate -consumer_byte_rate
          ok
          + quota client-id=,user=alice producer_byte_rate removed
        quota ip=10.1.2.3 connection_creation_rate=5
          ok
          + quota ip=10.1.2.3 connection_creation_rate=5
        quota user=alice no_such_rate=5
          INVALID_REQUEST Invalid configuration key no_such_rate
        quota user=alice producer_byte_rate=-5
          INVALID_REQUEST Quota producer_byte_rate must be greater than 0
        quota planet=mars producer_byte_rate=5
          INVALID_REQUEST Unhandled client quota entity type: planet
        quota ip=10.1.2.3,user=alice connection_creation_rate=5
          INVALID_REQUEST Invalid quota entity combination, IP entity should not be combined with User or ClientId
        """);

    [Fact]
    public void Configs_are_set_where_their_resource_is() => Scenario.Check(
        Made +
        """
        alter topic a retention.ms=7 max.message.bytes=5000
          ok
          + config topic a retention.ms=7
          + config topic a max.message.bytes=5000
        alter topic a retention.ms=x
          INVALID_CONFIG Invalid value x for configuration retention.ms: Not a number of type LONG
        alter topic none retention.ms=1
          UNKNOWN_TOPIC_OR_PARTITION The topic 'none' does not exist.
        alter topic a -retention.ms
          ok
          + config topic a retention.ms=(none)
        replace topic a cleanup.policy=compact
          ok
          + config topic a cleanup.policy=compact
          + config topic a max.message.bytes=(none)
        alter broker (default) -min.insync.replicas
          INVALID_CONFIG Cluster-level min.insync.replicas cannot be removed while ELR is enabled.
        alter broker 1 min.insync.replicas=1
          INVALID_CONFIG Broker-level min.insync.replicas cannot be altered while ELR is enabled.
        alter broker 9 log.cleaner.threads=1
          INVALID_REQUEST Unexpected broker id, expected 1, but received 9
        alter broker 1 log.cleaner.threads=2
          ok
          + config broker 1 log.cleaner.threads=2
        replace broker (default)
          ok
        alter group readers consumer.session.timeout.ms=50000
          ok
          + config group readers consumer.session.timeout.ms=50000
        alter metrics watch interval.ms=1
          INVALID_REQUEST Invalid value 1 for interval.ms, interval must be between 100 and 3600000 (1 hour)
        alter none a b=c
          INVALID_REQUEST Unknown resource type 0
        """);
}
