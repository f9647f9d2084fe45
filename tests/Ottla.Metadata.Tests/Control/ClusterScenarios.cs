using Ottla.Metadata.Features;
using Ottla.Metadata.Formatting;

namespace Ottla.Metadata.Tests.Control;

/// <summary>Brokers that come, go and fall silent, and who leads what meanwhile.</summary>
public sealed class ClusterScenarios
{
    /// <summary>Three brokers that are active, and a topic whose first replica is broker 1.</summary>
    private const string Three =
        """
        register 2
          epoch 11
          + broker 2 epoch 11 fenced v4
        beat 2
          caught up, active
          + broker 2 unfenced
        register 3
          epoch 13
          + broker 3 epoch 13 fenced v4
        beat 3
          caught up, active
          + broker 3 unfenced
        create a=0:1,2,3
          a 1x3
          + topic a
          + partition a-0 replicas 1,2,3 isr 1,2,3 leader 1

        """;

    [Fact]
    public void A_broker_is_unfenced_once_it_has_read_its_own_registration() => Scenario.Check(
        """
        register 2
          epoch 11
          + broker 2 epoch 11 fenced v4
        beat 2 behind
          behind, fenced
        beat 2 fence
          caught up, fenced
        beat 2
          caught up, active
          + broker 2 unfenced
        beat 2 stale
          STALE_BROKER_EPOCH
        beat 7
          STALE_BROKER_EPOCH
        """);

    [Fact]
    public void Silent_brokers_are_fenced_but_not_that_of_the_controllers_own_node() => Scenario.Check(
        Three +
        """
        at 5000
        beat 1
          caught up, active
        beat 3
          caught up, active
        tick
          next at 9000
        at 9000
        tick
          next at 14000
          + change a-0 isr 1,3
          + broker 2 fenced
        at 14000
        tick
          next at 300000
          + change a-0 isr 1
          + broker 3 fenced
        beat 2
          caught up, active
          + broker 2 unfenced
        beat 3
          caught up, active
          + broker 3 unfenced
        """);

    [Fact]
    public void The_next_run_of_a_broker_that_was_let_go_waits_for_nothing() => Scenario.Check(
        """
        register 2
          epoch 11
          + broker 2 epoch 11 fenced v4
        beat 2
          caught up, active
          + broker 2 unfenced
        beat 2 stop
          caught up, fenced, may stop
          + broker 2 fenced
        register 2
          epoch 14
          + broker 2 epoch 14 fenced v4
        """);

    [Fact]
    public void A_second_run_waits_until_the_first_is_known_to_be_gone() => Scenario.Check(
        """
        register 2
          epoch 11
          + broker 2 epoch 11 fenced v4
        beat 2
          caught up, active
          + broker 2 unfenced
        register 2
          DUPLICATE_BROKER_REGISTRATION
        at 9000
        register 2
          epoch 13
          + broker 2 epoch 13 fenced v4
        beat 2
          caught up, active
          + broker 2 unfenced
        dead 2
          ok
          + broker 2 fenced
        register 2
          epoch 16
          + broker 2 epoch 16 fenced v4
        """);

    [Fact]
    public void A_broker_that_stops_gives_its_leaderships_away_and_goes_when_all_know() => Scenario.Check(
        Three +
        """
        beat 1 stop
          caught up, active
          + broker 1 stopping
          + change a-0 leader 2 isr 2,3
        beat 1 stop
          caught up, active
        beat 2
          caught up, active
        beat 1 stop
          caught up, active
        beat 3
          caught up, active
        beat 1 stop
          caught up, fenced, may stop
          + broker 1 fenced
        isr a-0 by 2 1,2,3
          INELIGIBLE_REPLICA
        """);

    [Fact]
    public void A_leader_says_who_is_in_sync_and_is_held_to_what_the_controller_knows() => Scenario.Check(
        Three +
        """
        isr a-0 by 1 1,2
          leader 1 epoch 0, isr 1,2, partition epoch 1
          + change a-0 isr 1,2
        isr a-0 by 1 1,2,3
          leader 1 epoch 0, isr 1,2,3, partition epoch 2
          + change a-0 isr 1,2,3
        isr a-0 by 1 1,2 leader=1
          NOT_CONTROLLER
        isr a-0 by 1 1,2 partition=9
          NOT_CONTROLLER
        isr a-0 by 2 2,3
          INVALID_REQUEST
        isr a-0 by 1 1,2 partition=0
          INVALID_UPDATE_VERSION
        isr a-0 by 1 2,3
          INVALID_REQUEST
        isr a-0 by 1 1,1
          INVALID_REQUEST
        isr a-0 by 1 1,4
          INVALID_REQUEST
        isr a-0 by 1 1 recovering
          INVALID_REQUEST
        isr a-0 by 1 1,2@5
          INELIGIBLE_REPLICA
        isr a-0 by 1 1,2 stale
          STALE_BROKER_EPOCH
        isr a-7 by 1 1
          UNKNOWN_TOPIC_OR_PARTITION
        isr none-0 by 1 1
          UNKNOWN_TOPIC_ID
        dead 3
          ok
          + change a-0 isr 1,2
          + broker 3 fenced
        isr a-0 by 1 1,2,3
          INELIGIBLE_REPLICA
        unregister 3
          ok
          + broker 3 gone
        isr a-0 by 1 1,2,3
          INELIGIBLE_REPLICA
        dead 1
          ok
          + change a-0 leader 2 isr 2
          + broker 1 fenced
        isr a-0 by 2 2 leader=0
          FENCED_LEADER_EPOCH
        """);

    [Fact]
    public void A_move_is_completed_when_the_new_replicas_are_in_sync() => Scenario.Check(
        """
        register 2
          epoch 11
          + broker 2 epoch 11 fenced v4
        beat 2
          caught up, active
          + broker 2 unfenced
        register 3
          epoch 13
          + broker 3 epoch 13 fenced v4
        beat 3
          caught up, active
          + broker 3 unfenced
        create a=0:1,2
          a 1x2
          + topic a
          + partition a-0 replicas 1,2 isr 1,2 leader 1
        reassign a-0 3 2
          ok
          under way: 3,2,1, adding 3, removing 1
          + change a-0 replicas 3,2,1 adding 3 removing 1 directories 9,8,7
        isr a-0 by 1 1,2,3
          NEW_LEADER_ELECTED
          + change a-0 leader 3 isr 2,3 replicas 3,2 directories 9,8
        reassign a-0 2
          ok
          + change a-0 leader 2 isr 2 replicas 2 directories 8
        """);

    [Fact]
    public void A_move_is_taken_back_with_what_it_added() => Scenario.Check(
        """
        register 2
          epoch 11
          + broker 2 epoch 11 fenced v4
        beat 2
          caught up, active
          + broker 2 unfenced
        register 3
          epoch 13
          + broker 3 epoch 13 fenced v4
        beat 3
          caught up, active
          + broker 3 unfenced
        create a=0:1
          a 1x1
          + topic a
          + partition a-0 replicas 1 isr 1 leader 1
        reassign a-0 2
          ok
          under way: 2,1, adding 2, removing 1
          + change a-0 replicas 2,1 adding 2 removing 1 directories 8,7
        isr a-0 by 1 1,3
          INVALID_REQUEST
        reassign a-0 3
          ok
          under way: 3,1, adding 3, removing 1
          + change a-0 leader 1 replicas 3,1 adding 3 directories 9,7
        reassign a-0 cancel
          ok
          + change a-0 leader 1 replicas 1 directories 7
        reassign a-0 cancel
          NO_REASSIGNMENT_IN_PROGRESS
        """);

    [Fact]
    public void Below_the_minimum_whoever_was_in_sync_stays_eligible() => Scenario.Check(
        Three +
        """
        alter topic a min.insync.replicas=2
          ok
          + config topic a min.insync.replicas=2
          + clear eligible of a
        isr a-0 by 1 1,2
          leader 1 epoch 0, isr 1,2, partition epoch 1
          + change a-0 isr 1,2
        dead 2
          ok
          + change a-0 isr 1 eligible 2
          + broker 2 fenced
        dead 1
          ok
          + change a-0 leader -1 isr nobody eligible 1,2 last 1
          + broker 1 fenced
        register 1 stranger
          epoch 24
          + broker 1 epoch 24 fenced v4
          + change a-0 eligible 2
        beat 1
          caught up, active
          + broker 1 unfenced
        register 2
          epoch 27
          + broker 2 epoch 27 fenced v4
          + change a-0 leader 1 isr 1 eligible nobody last nobody recovery 1
        beat 2
          caught up, active
          + broker 2 unfenced
        isr a-0 by 1 1,2
          leader 1 epoch 2, isr 1,2, partition epoch 6
          + change a-0 isr 1,2 recovery 0
        """);

    [Fact]
    public void Who_stopped_cleanly_stays_eligible() => Scenario.Check(
        Three +
        """
        alter topic a min.insync.replicas=2
          ok
          + config topic a min.insync.replicas=2
          + clear eligible of a
        dead 2
          ok
          + change a-0 isr 1,3
          + broker 2 fenced
        dead 3
          ok
          + change a-0 isr 1 eligible 3
          + broker 3 fenced
        register 3 clean
          epoch 23
          + broker 3 epoch 23 fenced v4
        dead 1
          ok
          + change a-0 leader -1 isr nobody eligible 1,3 last 1
          + broker 1 fenced
        beat 3
          caught up, active
          + broker 3 unfenced
          + change a-0 leader 3 isr 3 eligible 1 last nobody
        alter topic a min.insync.replicas=1
          ok
          + config topic a min.insync.replicas=1
          + clear eligible of a
        alter broker (default) min.insync.replicas=2
          ok
          + config broker min.insync.replicas=2
          + clear eligible of all
        """);

    [Fact]
    public void A_topic_that_takes_less_gets_a_leader_that_may_lack_records_and_recovers_first() => Scenario.Check(
        """
        register 2
          epoch 11
          + broker 2 epoch 11 fenced v4
        beat 2
          caught up, active
          + broker 2 unfenced
        create a=0:1,2+unclean.leader.election.enable=true b=0:1,2
          a 1x2
          b 1x2
          + topic a
          + config topic a unclean.leader.election.enable=true
          + partition a-0 replicas 1,2 isr 1,2 leader 1
          + topic b
          + partition b-0 replicas 1,2 isr 1,2 leader 1
        isr a-0 by 1 1
          leader 1 epoch 0, isr 1, partition epoch 1
          + change a-0 isr 1
        isr b-0 by 1 1
          leader 1 epoch 0, isr 1, partition epoch 1
          + change b-0 isr 1
        dead 1
          ok
          + change b-0 leader -1 isr nobody eligible 1 last 1
          + change a-0 leader 2 isr 2 recovery 1
          + broker 1 fenced
        elect unclean b-0
          b-0 ok
          + change b-0 leader 2 isr 2 eligible nobody last nobody recovery 1
        isr a-0 by 2 1,2 recovering
          INVALID_REQUEST
        isr a-0 by 2 2
          leader 2 epoch 1, isr 2, partition epoch 3
          + change a-0 recovery 0
        register 1 stranger
          epoch 25
          + broker 1 epoch 25 fenced v4
        beat 1
          caught up, active
          + broker 1 unfenced
        isr a-0 by 2 1,2
          leader 2 epoch 1, isr 1,2, partition epoch 4
          + change a-0 isr 1,2
        """);

    [Fact]
    public void A_topic_that_comes_to_take_less_gets_its_leader_when_that_is_looked_at_next() => Scenario.Check(
        new Brain(settings: Brain.Settings with { SessionTimeoutMs = 1_000_000_000 }),
        """
        register 2
          epoch 11
          + broker 2 epoch 11 fenced v4
        beat 2
          caught up, active
          + broker 2 unfenced
        create a=0:1,2
          a 1x2
          + topic a
          + partition a-0 replicas 1,2 isr 1,2 leader 1
        isr a-0 by 1 1
          leader 1 epoch 0, isr 1, partition epoch 1
          + change a-0 isr 1
        dead 1
          ok
          + change a-0 leader -1 isr nobody eligible 1 last 1
          + broker 1 fenced
        alter topic a unclean.leader.election.enable=true
          ok
          + config topic a unclean.leader.election.enable=true
        tick
          next at 300000
        at 300000
        tick
          next at 600000
          + change a-0 leader 2 isr 2 eligible nobody last nobody recovery 1
        """);

    [Fact]
    public void Leadership_goes_back_to_the_preferred_replica() => Scenario.Check(
        new Brain(settings: Brain.Settings with { SessionTimeoutMs = 1_000_000_000 }),
        """
        register 2
          epoch 11
          + broker 2 epoch 11 fenced v4
        beat 2
          caught up, active
          + broker 2 unfenced
        create a=0:2,1
          a 1x2
          + topic a
          + partition a-0 replicas 2,1 isr 2,1 leader 2
        dead 2
          ok
          + change a-0 leader 1 isr 1
          + broker 2 fenced
        register 2
          epoch 17
          + broker 2 epoch 17 fenced v4
        beat 2
          caught up, active
          + broker 2 unfenced
        at 300000
        tick
          next at 600000
        isr a-0 by 1 1,2
          leader 1 epoch 1, isr 1,2, partition epoch 2
          + change a-0 isr 1,2
        at 600000
        tick
          next at 900000
          + change a-0 leader 2
        """);

    [Fact]
    public void An_idle_controller_says_so() => Scenario.Check(
        new Brain(settings: Brain.Settings with { IdleIntervalMs = 500, SessionTimeoutMs = 1_000_000 }),
        """
        tick
          next at 501
        at 501
        tick
          next at 501
          + NoOpRecord
        """);

    [Fact]
    public void A_directory_that_a_heartbeat_calls_offline_takes_its_leaders_with_it() => Scenario.Check(
        """
        register 1 7 9
          epoch 11
          + broker 1 epoch 11 fenced v4
          + broker 1 unfenced
        register 2
          epoch 13
          + broker 2 epoch 13 fenced v4
        beat 2
          caught up, active
          + broker 2 unfenced
        create a=0:1,2 b=0:1,2
          a 1x2
          b 1x2
          + topic a
          + partition a-0 replicas 1,2 isr 1,2 leader 1
          + topic b
          + partition b-0 replicas 1,2 isr 1,2 leader 1
        assign a-0 7
          ok
          + change a-0 directories 7,8
        assign b-0 9
          ok
          + change b-0 directories 9,8
        beat 1 offline=7
          caught up, active
          + change a-0 leader 2 isr 2
          + broker 1 changed
        beat 1 offline=7
          caught up, active
        """);

    [Fact]
    public void Controllers_are_forgotten() => Scenario.Check(
        """
        forget controller 1
          INVALID_REQUEST Controller cannot unregister itself while it is active.
        forget controller 5
          CONTROLLER_ID_NOT_REGISTERED Controller ID 5 is not currently registered.
        """);

    [Fact]
    public void At_the_level_of_an_older_cluster_records_are_those_of_that_level()
    {
        var brain = new Brain(formatted: false);
        brain.Do(brain.Controller.Features.Bootstrap(BootstrapRecords.Of(new MetadataVersion(11), new Dictionary<string, short>())));
        brain.Register(1, Brain.Directory);
        Scenario.Check(
            brain,
            """
            register 2
              epoch 3
              + broker 2 epoch 3 fenced v2
            beat 2
              caught up, active
              + broker 2 unfenced
            create a=0:1,2
              a 1x2
              + topic a
              + partition a-0 replicas 1,2 isr 1,2 leader 1
            isr a-0 by 1 1
              leader 1 epoch 1, isr 1, partition epoch 1
              + change a-0 leader 1 isr 1
            beat 1 stop
              caught up, active
              + broker 1 stopping
              + change a-0 leader -1
            """);
    }
}
