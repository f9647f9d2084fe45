using Ottla.Configuration.Catalogs;

namespace Ottla.Configuration.Settings;

/// <summary>Guesses the config that somebody meant who has mistyped it.</summary>
internal static class NearestName
{
    private const int EditsMax = 2;

    /// <summary>A name at most two letters away; null when there is none.</summary>
    public static string? To(string name)
    {
        string? nearest = null;
        var least = EditsMax + 1;
        foreach (var definition in BrokerConfigs.Catalog.All)
        {
            if (Math.Abs(definition.Name.Length - name.Length) > EditsMax) continue;
            var edits = Distance(definition.Name, name);
            if (edits >= least) continue;
            least = edits;
            nearest = definition.Name;
        }

        return nearest;
    }

    private static int Distance(string left, string right)
    {
        var row = new int[right.Length + 1];
        for (var column = 0; column < row.Length; column++) row[column] = column;
        for (var at = 0; at < left.Length; at++)
        {
            var diagonal = row[0];
            row[0] = at + 1;
            for (var column = 1; column < row.Length; column++)
            {
                var replaced = diagonal + (left[at] == right[column - 1] ? 0 : 1);
                diagonal = row[column];
                row[column] = Math.Min(replaced, Math.Min(row[column], row[column - 1]) + 1);
            }
        }

        return row[^1];
    }
}
