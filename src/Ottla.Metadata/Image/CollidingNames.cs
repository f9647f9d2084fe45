using Ottla.Metadata.Control;

namespace Ottla.Metadata.Image;

/// <summary>Topics whose names hold a '.' or a '_', by the name that their metrics share. Immutable.</summary>
/// <remarks>The controller creates no two that collide, but a cluster may have got them from an older one, so each shared name has a
/// list.</remarks>
internal sealed class CollidingNames
{
    public static readonly CollidingNames Empty = new(PersistentMap<string, string[]>.Empty);

    private readonly PersistentMap<string, string[]> _byUnified;

    private CollidingNames(PersistentMap<string, string[]> byUnified) => _byUnified = byUnified;

    /// <summary>Another topic that the name would collide with; null for none.</summary>
    public string? Other(string name) =>
        TopicName.CanCollide(name) && _byUnified.TryGetValue(TopicName.Unified(name), out var names)
            ? Array.Find(names, other => other != name)
            : null;

    public CollidingNames With(string name)
    {
        if (!TopicName.CanCollide(name)) return this;
        var unified = TopicName.Unified(name);
        var names = _byUnified.GetValueOrDefault(unified) ?? [];
        return names.Contains(name) ? this : new CollidingNames(_byUnified.SetItem(unified, [.. names, name]));
    }

    public CollidingNames Without(string name)
    {
        if (!TopicName.CanCollide(name) || _byUnified.GetValueOrDefault(TopicName.Unified(name)) is not { } names) return this;
        string[] left = Array.FindAll(names, other => other != name);
        return new CollidingNames(left.Length == 0
            ? _byUnified.Remove(TopicName.Unified(name))
            : _byUnified.SetItem(TopicName.Unified(name), left));
    }
}
