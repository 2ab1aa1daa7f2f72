using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Dispatch.Server.Api;

/// <summary>Where a reader of JSON is: <c>$.form.settings.options[1]</c>.</summary>
internal sealed class BodyPath
{
    private readonly Stack<(string? Member, int Index)> _levels = new();
    private string? _member;

    /// <summary>The place of the token that is being read.</summary>
    /// <param name="isName">It is the name of a member, which cannot be quoted: the place is the object.</param>
    public string At(bool isName)
    {
        var path = new StringBuilder("$");
        foreach (var (member, index) in _levels.Reverse()) path.Append(Step(member, index));
        if (!isName && _member is not null) path.Append('.').Append(_member);
        return path.ToString();
    }

    /// <summary>Follows the reader past its token.</summary>
    /// <param name="reader">The reader.</param>
    public void Read(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                _member = reader.GetString();
                return;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                _levels.Push((_member, reader.TokenType == JsonTokenType.StartArray ? 0 : -1));
                _member = null;
                return;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                _levels.Pop();
                break;
            case JsonTokenType.Comment:
                return;
        }

        _member = null;
        if (_levels.TryPeek(out var level) && level.Index >= 0) _levels.Push((_levels.Pop().Member, level.Index + 1));
    }

    private static string Step(string? member, int index) =>
        (member is null ? "" : $".{member}") + (index < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"[{index}]"));
}
