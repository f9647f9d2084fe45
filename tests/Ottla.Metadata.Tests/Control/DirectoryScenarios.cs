namespace Ottla.Metadata.Tests.Control;

/// <summary>A node with two log directories, 7 and 8: a-0 lies in 7, a-1 in 8, of a-2 nothing is known.</summary>
public sealed class DirectoryScenarios
{
    private const string Made =
        """
        register 1 7 8
          epoch 11
          + broker 1 epoch 11 fenced v4
          + broker 1 unfenced
        create a/3
          a 3x1
          + topic a
          + partition a-0 replicas 1 isr 1 leader 1
          + partition a-1 replicas 1 isr 1 leader 1
          + partition a-2 replicas 1 isr 1 leader 1
        assign a-0 7
          ok
          + change a-0 directories 7
        assign a-1 8
          ok
          + change a-1 directories 8

        """;

    [Fact]
    public void What_lies_in_a_directory_that_fails_is_led_by_nobody_until_it_is_there_again() => Scenario.Check(
        Made +
        """
        dirs 7
          ok
          + change a-1 leader -1 isr nobody eligible 1 last 1
          + broker 1 changed
        assign a-1 8
          ok
        elect preferred a-1
          a-1 PREFERRED_LEADER_NOT_AVAILABLE
        elect unclean a-1
          a-1 ELIGIBLE_LEADERS_NOT_AVAILABLE
        fence
          ok
          + broker 1 fenced
        register 1 clean 7
          epoch 22
          + broker 1 epoch 22 fenced v4
          + broker 1 unfenced
        register 1 clean 7 8
          epoch 24
          + broker 1 epoch 24 fenced v4
          + broker 1 unfenced
          + change a-1 leader 1 isr 1 eligible nobody last nobody
        """);

    [Fact]
    public void After_a_crash_the_last_leader_is_remembered_while_its_directory_is_away() => Scenario.Check(
        Made +
        """
        register 1 7
          epoch 19
          + broker 1 epoch 19 fenced v4
          + broker 1 unfenced
          + change a-0 leader 1
          + change a-1 leader -1 isr nobody last 1
          + change a-2 leader 1
        register 1 7
          epoch 24
          + broker 1 epoch 24 fenced v4
          + broker 1 unfenced
          + change a-0 leader 1
          + change a-2 leader 1
        register 1 7 8
          epoch 28
          + broker 1 epoch 28 fenced v4
          + broker 1 unfenced
          + change a-0 leader 1
          + change a-1 leader 1 isr 1 last nobody
          + change a-2 leader 1
        """);

    [Fact]
    public void A_crash_while_a_directory_is_away_takes_the_eligibility_too() => Scenario.Check(
        Made +
        """
        dirs 7
          ok
          + change a-1 leader -1 isr nobody eligible 1 last 1
          + broker 1 changed
        register 1 7
          epoch 21
          + broker 1 epoch 21 fenced v4
          + broker 1 unfenced
          + change a-0 leader 1
          + change a-1 eligible nobody
          + change a-2 leader 1
        register 1 7 8
          epoch 26
          + broker 1 epoch 26 fenced v4
          + broker 1 unfenced
          + change a-0 leader 1
          + change a-1 leader 1 isr 1 last nobody
          + change a-2 leader 1
        """);

    [Fact]
    public void Without_eligible_leader_replicas_the_ISR_keeps_its_last_member() => Scenario.Check(
        """
        feature -eligible.leader.replicas.version=0
          ok
          + eligible.leader.replicas.version=0

        """ + Made.Replace("epoch 11", "epoch 12") +
        """
        dirs 7
          ok
          + change a-1 leader -1
          + broker 1 changed
        register 1 7
          epoch 22
          + broker 1 epoch 22 fenced v4
          + broker 1 unfenced
          + change a-0 leader 1
          + change a-2 leader 1
        register 1 7 8
          epoch 26
          + broker 1 epoch 26 fenced v4
          + broker 1 unfenced
          + change a-0 leader 1
          + change a-1 leader 1
          + change a-2 leader 1
        """);

    [Fact]
    public void A_replica_that_turns_out_to_lie_in_a_lost_directory_leads_no_more_and_one_that_turns_up_leads_again() => Scenario.Check(
        Made +
        """
        dirs 7
          ok
          + change a-1 leader -1 isr nobody eligible 1 last 1
          + broker 1 changed
        assign a-2 8
          ok
          + change a-2 leader -1 isr nobody eligible 1 last 1 directories 8
        assign a-2 7
          ok
          + change a-2 leader 1 isr 1 eligible nobody last nobody directories 7
        assign a-0 lost
          ok
          + change a-0 leader -1 isr nobody eligible 1 last 1 directories 2
        assign a-0 7
          ok
          + change a-0 leader 1 isr 1 eligible nobody last nobody directories 7
        """);

    [Fact]
    public void Directories_that_stay_online_change_nothing() => Scenario.Check(
        Made +
        """
        dirs 8 7
          ok
        """);
}
