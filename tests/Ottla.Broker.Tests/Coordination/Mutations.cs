using System.Collections;
using System.Reflection;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Coordination;

/// <summary>A change of one field of a request to a value at the edge of its type.</summary>
internal sealed record Mutation(string Name, Func<object, object> Apply);

/// <summary>Finds every field of a request, those in its lists too, and what to put into it. New fields are found by themselves.</summary>
internal static class Mutations
{
    private static readonly string[] _strings = ["", " ", new('x', 300), new('x', 32_767), new('x', 40_000), new('\uFFFD', 32_767), "\ud800", "a[", ".*"];

    public static IEnumerable<Mutation> Of(Func<object> make)
    {
        yield return new("as it is", static request => request);
        foreach (var (path, value) in Fields(make(), [])) yield return new($"{string.Join('.', path)} = {Shown(value)}", request => Put(request, path, value));
    }

    private static IEnumerable<(object[] Path, object? Value)> Fields(object of, object[] path)
    {
        foreach (var property in of.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p is { CanRead: true, CanWrite: true }))
        {
            object[] at = [.. path, property.Name];
            foreach (var value in Edges(property.PropertyType)) yield return (at, value);
            if (IsNullable(property)) yield return (at, null);
            if (property.GetValue(of) is not IList { Count: > 0 } list || list is not { IsFixedSize: false }) continue;
            yield return (at, Activator.CreateInstance(list.GetType()));
            var twice = (IList)Activator.CreateInstance(list.GetType())!;
            for (var i = 0; i < 2; i++) twice.Add(list[0]);
            yield return (at, twice);
            object[] first = [.. at, 0];
            foreach (var value in Edges(list[0]!.GetType())) yield return (first, value);
            if (list[0]!.GetType().Namespace == of.GetType().Namespace)
            {
                foreach (var inner in Fields(list[0]!, first)) yield return inner;
            }
        }
    }

    private static object?[] Edges(Type type)
    {
        if (type == typeof(string)) return [.. _strings];
        if (type == typeof(int)) return [int.MinValue, -2, -1, 0, 1, 99, 100, int.MaxValue];
        if (type == typeof(long)) return [long.MinValue, -1L, 0L, long.MaxValue];
        if (type == typeof(bool)) return [true, false];
        if (type == typeof(Uuid)) return [Uuid.Zero, new Uuid(ulong.MaxValue, ulong.MaxValue)];
        return type == typeof(ReadOnlyMemory<byte>) ? [new ReadOnlyMemory<byte>([]), new ReadOnlyMemory<byte>(new byte[2_000_000]), new ReadOnlyMemory<byte>([0x7f, 0xff])] : [];
    }

    private static bool IsNullable(PropertyInfo property) => new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;

    private static object Put(object request, object[] path, object? value)
    {
        var at = request;
        foreach (var step in path[..^1]) at = step is int index ? ((IList)at)[index]! : at.GetType().GetProperty((string)step)!.GetValue(at)!;
        if (path[^1] is int last) ((IList)at)[last] = value;
        else at.GetType().GetProperty((string)path[^1])!.SetValue(at, value);
        return request;
    }

    private static string Shown(object? value) => value switch
    {
        null => "null",
        string { Length: > 20 } text => $"{text.Length} x '{text[0]}'",
        ReadOnlyMemory<byte> bytes => $"{bytes.Length} bytes",
        IList list => $"{list.Count} items",
        _ => value.ToString()!,
    };
}
