using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Wire;

/// <summary>
/// A message that cannot be expressed in a version: there is no such version, or a field that may not be dropped is not in it.
/// </summary>
public sealed class UnsupportedVersionException : InvalidOperationException
{
    private UnsupportedVersionException(string text, string? fieldName = null) : base(text) => FieldName = fieldName;

    /// <summary>The field that stands in the way; null where the version itself does not exist.</summary>
    public string? FieldName { get; }

    public static UnsupportedVersionException Of(string message, short version, VersionRange versions) =>
        new($"{message} has no version {version}; there are {versions}.");

    public static UnsupportedVersionException Of(ApiKey key) => new($"There is no message for API key {(short)key}.");

    public static UnsupportedVersionException Field(string message, string field, short version) =>
        new($"{message}.{field} is set, but version {version} cannot carry it.", field);

    public static UnsupportedVersionException Null(string message, string field, short version) =>
        new($"{message}.{field} is null, which version {version} cannot carry.", field);
}
