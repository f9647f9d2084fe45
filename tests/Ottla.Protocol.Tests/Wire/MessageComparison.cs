using System.Collections;
using System.Globalization;
using System.Reflection;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Protocol.Tests.Wire;

/// <summary>Holds a decoded message against golden values: what they name must be equal, and whatever they leave out must have its
/// default.</summary>
public static class MessageComparison
{
    public static void AssertEqual(GoldenValue expected, object actual, string path)
    {
        var fields = expected.Fields!;
        var fresh = Activator.CreateInstance(actual.GetType())!;
        var properties = actual.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance);
        foreach (var name in fields.Keys)
            Assert.True(properties.Any(property => property.Name == name), $"{path} has no property {name}");
        foreach (var property in properties)
        {
            var value = property.GetValue(actual);
            var where = $"{path}.{property.Name}";
            if (fields.TryGetValue(property.Name, out var field)) AssertValue(field, value, where);
            else if (value is null || property.GetValue(fresh) is null) Assert.True(value is null == property.GetValue(fresh) is null,
                $"{where} is not its default");
            else if (value is IList list) Assert.True(list.Count == 0, $"{where} is not empty");
            else if (value is string || value.GetType().IsValueType) Assert.True(Equals(Show(value), Show(property.GetValue(fresh))),
                $"{where} is {value}, not its default");
            else Assert.True(IsDefault(value), $"{where} is not its default");
        }
    }

    private static bool IsDefault(object structure) =>
        (bool)structure.GetType().GetProperty("IsDefault", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(structure)!;

    private static void AssertValue(GoldenValue expected, object? actual, string where)
    {
        if (expected.Items is { } items)
        {
            var list = Assert.IsAssignableFrom<IList>(actual);
            Assert.True(items.Count == list.Count, $"{where} has {list.Count} elements, not {items.Count}");
            for (var i = 0; i < items.Count; i++) AssertValue(items[i], list[i], $"{where}[{i}]");
        }
        else if (expected.Fields is not null) AssertEqual(expected, actual!, where);
        else if (actual is double number) Assert.Equal(double.Parse(expected.Text!, CultureInfo.InvariantCulture), number);
        else Assert.True(expected.Text == Show(actual), $"{where} is {Show(actual)}, not {expected.Text}");
    }

    private static string Show(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        ErrorCode code => ((short)code).ToString(CultureInfo.InvariantCulture),
        ReadOnlyMemory<byte> bytes => Convert.ToBase64String(bytes.Span),
        Records records => records.IsNull ? "null" : Convert.ToBase64String(records.Memory.Span),
        Uuid id => id.ToString(),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
