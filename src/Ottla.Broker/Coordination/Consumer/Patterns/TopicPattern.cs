using System.Diagnostics.CodeAnalysis;

namespace Ottla.Broker.Coordination.Consumer.Patterns;

/// <summary>A pattern that members subscribe with (KIP-848): the topics whose whole name it matches.</summary>
/// <remarks>
/// Not thread-safe: it learns while it matches. A state is the set of steps at which the program stands; states and where they lead by a
/// character are kept, up to a bound at which all are forgotten. So a character costs a look-up mostly and never more than the steps of the
/// program, whatever the pattern. .NET's own expressions read another language, and only some of it in linear time.
/// </remarks>
internal sealed class TopicPattern
{
    /// <summary>The end of the name, as the character after its last.</summary>
    private const int End = 128;

    private const int NotYet = -1;

    private readonly PatternProgram _program;
    private readonly List<State> _states = [];
    private readonly Dictionary<Key, int> _known = [];
    private readonly bool[] _seen;
    private readonly Stack<int> _open = new();

    private TopicPattern(PatternNode node)
    {
        _program = new PatternProgram(node);
        _seen = new bool[_program.Count];
    }

    private enum Before : byte
    {
        Start,
        Word,
        Other,
    }

    /// <param name="Steps">Where the program stands, in order.</param>
    private readonly record struct Key(Before Before, int[] Steps)
    {
        public bool Equals(Key other) => Before == other.Before && Steps.AsSpan().SequenceEqual(other.Steps);

        public override int GetHashCode()
        {
            var hash = (uint)Before;
            foreach (var step in Steps) hash = (hash ^ (uint)step) * 16_777_619;
            return (int)hash;
        }
    }

    /// <summary>By character: the state that it leads to, by the end: whether the name matches (1) or not (0).</summary>
    private sealed record State(Key Key, int[] Next);

    /// <param name="reason">What is wrong with a text that is no pattern, in Kafka's words.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out TopicPattern? pattern, [NotNullWhen(false)] out string? reason)
    {
        (pattern, reason) = (null, null);
        if (text.Length > Limits.SubscriptionRegexCharsMax)
        {
            reason = $"it has {text.Length} characters, {Limits.SubscriptionRegexCharsMax} are allowed";
            return false;
        }
        try
        {
            pattern = new TopicPattern(new PatternParser(text).Parse());
            return true;
        }
        catch (PatternException refused)
        {
            reason = refused.Message;
            return false;
        }
    }

    public bool Matches(string name)
    {
        var state = StateOf(new Key(Before.Start, [0]));
        foreach (var c in name)
        {
            if (c >= End) return false;
            var next = _states[state].Next[c];
            state = next != NotYet ? next : Go(state, c);
            if (_states[state].Key.Steps.Length == 0) return false;
        }
        var last = _states[state].Next[End];
        return (last != NotYet ? last : Go(state, End)) == 1;
    }

    /// <summary>Finds out where a character leads, and keeps it.</summary>
    private int Go(int from, int c)
    {
        var state = _states[from];
        List<int> steps = [];
        var isMatch = false;
        foreach (var step in state.Key.Steps) _open.Push(step);
        while (_open.TryPop(out var at))
        {
            if (_seen[at]) continue;
            _seen[at] = true;
            var step = _program[at];
            switch (step.Kind)
            {
                case PatternProgram.StepKind.Match: isMatch = true; break;
                case PatternProgram.StepKind.Char when c < End && step.Set.Has((char)c): steps.Add(at + 1); break;
                case PatternProgram.StepKind.Place when IsAt(step.Place, state.Key.Before, c): _open.Push(at + 1); break;
                case PatternProgram.StepKind.Jump: _open.Push(step.Other); break;
                case PatternProgram.StepKind.Both:
                    _open.Push(step.Other);
                    _open.Push(at + 1);
                    break;
            }
        }
        Array.Clear(_seen);
        if (c == End) return state.Next[End] = isMatch ? 1 : 0;
        steps.Sort();
        var count = _states.Count;
        var next = StateOf(new Key(IsWord(c) ? Before.Word : Before.Other, [.. steps]));
        // not if all were forgotten just now, this one too
        if (_states.Count >= count) state.Next[c] = next;
        return next;
    }

    private int StateOf(Key key)
    {
        if (_known.TryGetValue(key, out var known)) return known;
        if (_states.Count >= Limits.PatternStatesMax)
        {
            _states.Clear();
            _known.Clear();
        }
        var next = new int[End + 1];
        Array.Fill(next, NotYet);
        _states.Add(new State(key, next));
        return _known[key] = _states.Count - 1;
    }

    private static bool IsAt(PlaceKind place, Before before, int next) => place switch
    {
        PlaceKind.Start => before == Before.Start,
        PlaceKind.End => next == End,
        PlaceKind.WordEdge => before == Before.Word != IsWord(next),
        _ => before == Before.Word == IsWord(next),
    };

    private static bool IsWord(int c) => c < End && (char.IsAsciiLetterOrDigit((char)c) || c == '_');
}
