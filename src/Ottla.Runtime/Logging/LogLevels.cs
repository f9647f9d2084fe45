using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Ottla.Runtime.Logging;

/// <summary>How grave an event has to be to be logged: one level for all, and others for single categories.</summary>
/// <remarks>Any thread. A logger reads one field for each event, so a change holds from the next event on. Levels last as long as the process:
/// they are turned while somebody looks for a fault. There are as many categories as places in the code that make a logger.</remarks>
public sealed class LogLevels(LogLevel root)
{
    private const int Inherited = -1;

    private readonly Lock _adding = new();
    private readonly SortedDictionary<string, Category> _categories = new(StringComparer.Ordinal);
    private volatile int _root = (int)root;

    /// <summary>Of every category that has none of its own.</summary>
    public LogLevel Root
    {
        get => (LogLevel)_root;
        set => _root = (int)value;
    }

    /// <summary>Categories that have logged or may log, by name.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_adding) return [.. _categories.Keys];
        }
    }

    /// <summary>The level that holds for a category; false where there is none of that name.</summary>
    public bool TryGet(string name, out LogLevel level)
    {
        var isThere = TryFind(name, out var category);
        level = isThere ? category!.Level : Root;
        return isThere;
    }

    /// <summary>Gives a category a level of its own, or takes it away again with null; false where there is none of that name.</summary>
    public bool TrySet(string name, LogLevel? level)
    {
        if (!TryFind(name, out var category)) return false;
        category.Set(level);
        return true;
    }

    internal Category Of(string name)
    {
        lock (_adding)
        {
            if (!_categories.TryGetValue(name, out var category)) _categories.Add(name, category = new Category(this));
            return category;
        }
    }

    private bool TryFind(string name, [NotNullWhen(true)] out Category? category)
    {
        lock (_adding) return _categories.TryGetValue(name, out category);
    }

    internal sealed class Category(LogLevels all)
    {
        private volatile int _own = Inherited;

        public LogLevel Level => _own is >= 0 and var own ? (LogLevel)own : all.Root;

        public void Set(LogLevel? level) => _own = level is { } given ? (int)given : Inherited;
    }
}
