namespace Ottla.Configuration.Definitions;

public enum ConfigImportance : byte
{
    Low,
    Medium,
    High,
}
