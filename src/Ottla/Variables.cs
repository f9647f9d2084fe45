using System.Collections;

namespace Ottla;

/// <summary>The variables of this process's environment, as they are now.</summary>
internal static class Variables
{
    public static Dictionary<string, string> OfProcess()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables()) variables[(string)variable.Key] = (string?)variable.Value ?? "";
        return variables;
    }
}
