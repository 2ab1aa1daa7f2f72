using System.Globalization;
using System.Net;
using System.Text;

namespace Dispatch.QualityReport.Html;

/// <summary>A small plot as inline SVG: two linear axes, lines, dots, bars. No script, nothing from elsewhere.</summary>
internal sealed class Plot(string title, string xTitle, string yTitle, (double Low, double High) x, (double Low, double High) y)
{
    private const double Width = 640;
    private const double Height = 320;
    private const double Left = 64;
    private const double Right = 16;
    private const double Top = 16;
    private const double Bottom = 48;

    private static readonly double[] Steps = [1, 2, 5, 10];

    private readonly StringBuilder _marks = new();
    private readonly List<(string Colour, string Name)> _legend = [];

    public Plot Named(string colour, string name)
    {
        _legend.Add((colour, name));
        return this;
    }

    public Plot Line(string colour, IEnumerable<(double X, double Y)> points, bool dashed = false)
    {
        var path = string.Join(' ', points.Select(point => $"{X(point.X)},{Y(point.Y)}"));
        _marks.Append($"<polyline fill='none' stroke='{colour}' stroke-width='1.5'{(dashed ? " stroke-dasharray='5 4'" : "")} points='{path}'/>");
        return this;
    }

    public Plot Dots(string colour, IEnumerable<(double X, double Y, string Tip)> points, double radius = 3.5)
    {
        foreach (var point in points) _marks.Append($"<circle cx='{X(point.X)}' cy='{Y(point.Y)}' r='{Number(radius)}' fill='{colour}'><title>{WebUtility.HtmlEncode(point.Tip)}</title></circle>");
        return this;
    }

    public Plot Label(double atX, double atY, string text)
    {
        _marks.Append($"<text x='{X(atX)}' y='{Y(atY)}' dx='6' dy='-6' font-size='11'>{WebUtility.HtmlEncode(text)}</text>");
        return this;
    }

    public Plot Bar(string colour, double fromX, double toX, double height)
    {
        _marks.Append($"<rect x='{X(fromX)}' y='{Y(height)}' width='{Number(((toX - fromX) / (x.High - x.Low) * (Width - Left - Right)) - 1)}' height='{Number((height - y.Low) / (y.High - y.Low) * (Height - Top - Bottom))}' fill='{colour}'/>");
        return this;
    }

    public override string ToString()
    {
        var svg = new StringBuilder($"<figure><svg viewBox='0 0 {Number(Width)} {Number(Height)}' role='img' aria-label='{WebUtility.HtmlEncode(title)}'>");
        foreach (var tick in Ticks(x)) svg.Append($"<line x1='{X(tick)}' x2='{X(tick)}' y1='{Number(Top)}' y2='{Number(Height - Bottom)}' class='grid'/><text x='{X(tick)}' y='{Number(Height - Bottom + 16)}' text-anchor='middle' font-size='11'>{Number(tick)}</text>");
        foreach (var tick in Ticks(y)) svg.Append($"<line x1='{Number(Left)}' x2='{Number(Width - Right)}' y1='{Y(tick)}' y2='{Y(tick)}' class='grid'/><text x='{Number(Left - 6)}' y='{Y(tick)}' dy='4' text-anchor='end' font-size='11'>{Number(tick)}</text>");
        svg.Append($"<text x='{Number((Left + Width - Right) / 2)}' y='{Number(Height - 12)}' text-anchor='middle' font-size='12'>{WebUtility.HtmlEncode(xTitle)}</text>");
        svg.Append($"<text transform='translate(14 {Number((Top + Height - Bottom) / 2)}) rotate(-90)' text-anchor='middle' font-size='12'>{WebUtility.HtmlEncode(yTitle)}</text>");
        svg.Append(_marks).Append("</svg><figcaption>").Append(WebUtility.HtmlEncode(title));
        foreach (var (colour, name) in _legend) svg.Append($" <span class='key'><i style='background:{colour}'></i>{WebUtility.HtmlEncode(name)}</span>");
        return svg.Append("</figcaption></figure>").ToString();
    }

    private static IEnumerable<double> Ticks((double Low, double High) range)
    {
        var rough = (range.High - range.Low) / 6;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = Steps.Select(factor => factor * power).First(candidate => candidate >= rough);
        for (var n = (long)Math.Ceiling((range.Low / step) - 1e-9); n * step <= range.High + (step * 1e-9); n++) yield return n * step;
    }

    private string X(double value) => Number(Left + ((value - x.Low) / (x.High - x.Low) * (Width - Left - Right)));

    private string Y(double value) => Number(Height - Bottom - ((value - y.Low) / (y.High - y.Low) * (Height - Top - Bottom)));

    private static string Number(double value) => Math.Round(value, 4).ToString("0.####", CultureInfo.InvariantCulture);
}
