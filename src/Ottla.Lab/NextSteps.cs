namespace Ottla.Lab;

/// <summary>What a lab says once it runs: where everything is, and what a course about Kafka would type next.</summary>
internal static class NextSteps
{
    public static string For(LabPlan plan)
    {
        var first = plan.Nodes[0].Address;
        var nodes = string.Join('\n', plan.Nodes.Select(node => $"  node {node.Id}  {node.Address}  {node.Directory}"));
        var which = plan.Nodes.Count > 1 ? "2" : "1";
        return $"""
            {(plan.Nodes.Count == 1 ? "One node is up:" : $"{plan.Nodes.Count} nodes are up and one cluster:")}
            {nodes}

            In another terminal:
              ottla topics --bootstrap-server {first} --create --topic orders --partitions 3 --replication-factor {plan.Replicas}
              ottla topics --bootstrap-server {first} --describe --topic orders
              ottla console-producer --bootstrap-server {plan.BootstrapServers} --topic orders
              ottla console-consumer --bootstrap-server {plan.BootstrapServers} --topic orders --from-beginning

            Here, or as "ottla lab ..." elsewhere:
              kill {which}     and describe the topic again: who leads now, who is in sync?
              start {which}    and it catches up
              {LabCommand.Usage.ReplaceLineEndings("\n  ")}

            """;
    }
}
