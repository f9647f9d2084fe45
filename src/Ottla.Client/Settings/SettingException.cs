namespace Ottla.Client.Settings;

/// <summary>A setting has a value that is not allowed; the message says which, and what would be.</summary>
public sealed class SettingException(string message) : Exception(message);
