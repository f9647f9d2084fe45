namespace Ottla.Broker.Coordination.Consumer.Patterns;

/// <summary>A pattern as steps between which one goes without or by a character: several at once, so that nothing is ever tried
/// anew.</summary>
internal sealed class PatternProgram
{
    private readonly List<Step> _steps = [];

    public PatternProgram(PatternNode node)
    {
        Write(node);
        _steps.Add(new Step(StepKind.Match));
    }

    internal enum StepKind : byte
    {
        /// <summary>Goes on by a character of the set.</summary>
        Char,

        /// <summary>Goes on where the place is as told.</summary>
        Place,

        /// <summary>Goes on at both.</summary>
        Both,

        /// <summary>Goes on at the other.</summary>
        Jump,

        Match,
    }

    /// <param name="Other">Where to go on as well, or instead.</param>
    internal readonly record struct Step(StepKind Kind, CharSet Set = default, PlaceKind Place = default, int Other = 0);

    public int Count => _steps.Count;

    public Step this[int index] => _steps[index];

    private void Write(PatternNode node)
    {
        switch (node)
        {
            case OneOf one: _steps.Add(new Step(StepKind.Char, one.Set)); break;
            case At at: _steps.Add(new Step(StepKind.Place, Place: at.Place)); break;
            case Sequence sequence:
                foreach (var part in sequence.Parts) Write(part);
                break;
            case Choice choice: Write(choice); break;
            case Repeated repeated: Write(repeated); break;
        }
    }

    private void Write(Choice choice)
    {
        List<int> jumps = [];
        for (var i = 0; i < choice.Ways.Count - 1; i++)
        {
            var both = Reserve();
            Write(choice.Ways[i]);
            jumps.Add(Reserve());
            _steps[both] = new Step(StepKind.Both, Other: _steps.Count);
        }
        Write(choice.Ways[^1]);
        foreach (var jump in jumps) _steps[jump] = new Step(StepKind.Jump, Other: _steps.Count);
    }

    private void Write(Repeated repeated)
    {
        for (var i = 0; i < repeated.Least; i++) Write(repeated.Part);
        if (repeated.Most is not { } most)
        {
            var loop = Reserve();
            Write(repeated.Part);
            _steps.Add(new Step(StepKind.Jump, Other: loop));
            _steps[loop] = new Step(StepKind.Both, Other: _steps.Count);
            return;
        }
        List<int> exits = [];
        for (var i = repeated.Least; i < most; i++)
        {
            exits.Add(Reserve());
            Write(repeated.Part);
        }
        foreach (var exit in exits) _steps[exit] = new Step(StepKind.Both, Other: _steps.Count);
    }

    private int Reserve()
    {
        _steps.Add(default);
        return _steps.Count - 1;
    }
}
