"""The one catalogue of visible strings, by code, in English and Chinese."""

from sr_models.errors import SENTENCES, SRError

LANGUAGES = {"en": "English", "zh": "中文"}
CATALOGUE: dict[str, dict[str, str]] = {
    "tagline": {"en": "see super-resolution, measured", "zh": "看得见、量得准的超分辨率"},
    "device": {"en": "{name}, {dtype}", "zh": "{name}，{dtype}"},
    "cores": {"en": "CPU, {count} cores", "zh": "CPU，{count} 核"},
    "picture": {"en": "Your picture", "zh": "你的图片"},
    "open": {"en": "Open a picture", "zh": "打开图片"},
    "drop": {"en": "Drop, paste or choose a picture", "zh": "拖入、粘贴或选择一张图片"},
    "facts": {
        "en": "{width}×{height}, {mode}, {depth} bit, {format}",
        "zh": "{width}×{height}，{mode}，{depth} 位，{format}",
    },
    "facts_result": {"en": " → {width}×{height}", "zh": " → {width}×{height}"},
    "facts_cut": {"en": ", cut to {width}×{height} for the test", "zh": "，测试时裁为 {width}×{height}"},
    "facts_quality": {"en": " (quality about {quality})", "zh": "（质量约 {quality}）"},
    "facts_resized": {"en": " (×{scale}, then shrunk to size)", "zh": "（先放大 {scale} 倍，再缩到该尺寸）"},
    "facts_seconds": {"en": ", about {seconds} s here", "zh": "，在这里约 {seconds} 秒"},
    "hint_jpeg": {
        "en": "Its JPEG marks will be enlarged with it: this net was trained on clean pictures.",
        "zh": "JPEG 压缩痕迹会一起被放大：这个网络是用清晰图片训练的。",
    },
    "hint_scan": {
        "en": "A scan: its grain will be enlarged with it; this net was trained on clean pictures.",
        "zh": "这是扫描件：颗粒会一起被放大；这个网络是用清晰图片训练的。",
    },
    "hint_photo": {"en": "{net} was trained for such pictures.", "zh": "{net} 是为这类图片训练的。"},
    "note_scan": {"en": "a scan", "zh": "扫描件"},
    "note_made_smaller": {"en": "made smaller to fit the limit", "zh": "已缩小以符合上限"},
    "note_oriented": {"en": "turned upright as its EXIF tag says", "zh": "已按 EXIF 方向标记转正"},
    "note_first_frame": {"en": "the first frame of several is used", "zh": "只使用多帧中的第一帧"},
    "note_icc_converted": {"en": "its colour profile was converted to sRGB", "zh": "颜色配置文件已转换为 sRGB"},
    "note_icc_ignored": {"en": "its colour profile was ignored", "zh": "忽略了颜色配置文件"},
    "note_alpha": {"en": "transparency is kept", "zh": "保留透明度"},
    "mode": {"en": "What to do", "zh": "做什么"},
    "mode_enlarge": {"en": "Enlarge this picture", "zh": "放大这张图片"},
    "mode_test": {"en": "Test the nets", "zh": "测试网络"},
    "mode_both": {"en": "I have both", "zh": "我有两张"},
    "original_upload": {"en": "Its original, in full size", "zh": "它的原图（完整尺寸）"},
    "mode_help": {
        "en": "A test takes the picture as the truth: it is shrunk, enlarged again and compared with itself.",
        "zh": "测试把这张图片当作真值：先缩小，再放大，然后与它自己比较。",
    },
    "net": {"en": "Net", "zh": "网络"},
    "scale": {"en": "Scale", "zh": "倍数"},
    "other_size": {"en": "size …", "zh": "尺寸……"},
    "size": {"en": "Size of the result", "zh": "结果的尺寸"},
    "size_help": {
        "en": "A width such as 1920, a height such as x1080, or a factor such as ×1.5",
        "zh": "宽度（如 1920）、高度（如 x1080）或倍数（如 ×1.5）",
    },
    "two_passes": {
        "en": "×8 is two passes, ×4 and then ×2: not measured on test sets. {summary}",
        "zh": "×8 分两次进行，先 ×4 再 ×2：未在测试集上测量。{summary}",
    },
    "not_trained": {"en": "*Not trained yet at this scale: {names}.*", "zh": "*此倍数尚未训练：{names}。*"},
    "pick_fast": {"en": "Fast", "zh": "快速"},
    "pick_balanced": {"en": "Balanced", "zh": "均衡"},
    "pick_best": {"en": "Best", "zh": "最佳"},
    "pick_inventive": {"en": "Inventive", "zh": "虚构细节"},
    "pick_photo": {"en": "For photos and scans", "zh": "适合照片和扫描件"},
    "score": {
        "en": "Set5 ×{scale}, clean pictures: {value:.2f} dB (bicubic {baseline:.2f}). {summary}",
        "zh": "Set5 ×{scale}，清晰图片：{value:.2f} dB（双三次 {baseline:.2f}）。{summary}",
    },
    "score_photo": {
        "en": "Set5 ×{scale}, blurred, noisy and compressed: {value:.2f} dB (bicubic {baseline:.2f}); clean: {clean:.2f}. {summary}",
        "zh": "Set5 ×{scale}，经模糊、噪声和压缩：{value:.2f} dB（双三次 {baseline:.2f}）；清晰图片：{clean:.2f}。{summary}",
    },
    "score_inventive": {
        "en": (
            "Set5 ×{scale}: looks {distance:.3f} away from the originals by LPIPS, where {partner} has {partner_distance:.3f} "
            "and 0 is equal; {value:.2f} dB (bicubic {baseline:.2f}). {summary}"
        ),
        "zh": (
            "Set5 ×{scale}：与原图的 LPIPS 观感距离为 {distance:.3f}，{partner} 为 {partner_distance:.3f}，0 为相同；"
            "{value:.2f} dB（双三次 {baseline:.2f}）。{summary}"
        ),
    },
    "mix": {"en": "Closer to measured ↔ sharper, partly invented", "zh": "更接近实测 ↔ 更锐利、部分虚构"},
    "mix_help": {
        "en": "0 is {partner}, which invents nothing; 1 is {net}; between them, their weights are mixed.",
        "zh": "0 是不虚构的 {partner}，1 是 {net}，中间是两者权重的混合。",
    },
    "mix_absent": {
        "en": "Why can I not choose between measured and sharp?",
        "zh": "为什么不能在实测与锐利之间选择？",
    },
    "mix_preview": {
        "en": "Preview at {share:.0%} of the part you look at ({width}×{height} px of the small picture){numbers}.",
        "zh": "所看部分（小图中 {width}×{height} 像素）在 {share:.0%} 处的预览{numbers}。",
    },
    "mix_numbers": {"en": ": {psnr} dB", "zh": "：{psnr} dB"},
    "mix_name": {"en": "{net} {share:.0%}", "zh": "{net} {share:.0%}"},
    "critic": {"en": "The critic's eye", "zh": "判别器的眼睛"},
    "critic_help": {
        "en": (
            "What the net that trained {net} takes for fake in the result that stands in the viewer: bright is fake, dark is "
            "real. It judges what it was trained on, not truth."
        ),
        "zh": "训练 {net} 时的判别器认为当前结果中哪些地方是假的：亮为假，暗为真。它按训练所学来判断，并不代表真相。",
    },
    "critic_map": {"en": "what the critic takes for fake", "zh": "判别器认为是假的地方"},
    "critic_legend": {"en": "0 % to 100 % fake", "zh": "假的可能 0 % 至 100 %"},
    "critic_done": {
        "en": "On average the critic takes the result for fake with {fake:.0%}, and the original with {true}.",
        "zh": "判别器平均以 {fake:.0%} 的把握认为结果是假的，对原图则为 {true}。",
    },
    "critic_done_alone": {
        "en": "On average the critic takes the result for fake with {fake:.0%}.",
        "zh": "判别器平均以 {fake:.0%} 的把握认为结果是假的。",
    },
    "plane": {"en": "Measured against how it looks", "zh": "实测与观感"},
    "plane_x": {"en": "PSNR-Y (dB): closer to the original →", "zh": "PSNR-Y（dB）：更接近原图 →"},
    "plane_y": {"en": "{distance}: looks more like it →", "zh": "{distance}：看起来更像 →"},
    "plane_lpips_alex": {"en": "LPIPS", "zh": "LPIPS"},
    "plane_features": {"en": "feature distance", "zh": "特征距离"},
    "plane_path": {"en": "from {partner} to {net}", "zh": "从 {partner} 到 {net}"},
    "plane_caption": {
        "en": (
            "Each dot is a net on this part of your picture. Right: the pixels are closer to the original's. Up: it looks more "
            "like the original to a net that sees. The dashed line is the slider. A net without a number is worse than bicubic in both."
        ),
        "zh": "每个点是一个网络在你图片此部分上的结果。越靠右，像素越接近原图；越靠上，观感越像原图。虚线就是滑块。没有编号的网络两项都不如双三次。",
    },
    "plane_none": {
        "en": "No plot of PSNR against perceptual distance: {reason}",
        "zh": "没有 PSNR 与感知距离的图：{reason}",
    },
    "features": {"en": "Perceptual distance (features)", "zh": "感知距离（特征）"},
    "features_used": {
        "en": "This net was trained with these very features, so its distance flatters it.",
        "zh": "这个网络训练时用过同样的特征，因此这一距离对它有利。",
    },
    "help_features": {
        "en": (
            "How different result and original look to EfficientNet-Lite0, a small net trained to name things: the squared "
            "difference of its features. No unit, 0 is equal, lower looks more alike. It stands in for LPIPS, which is not here."
        ),
        "zh": (
            "结果与原图在小型识别网络 EfficientNet-Lite0 看来有多不同：其特征之差的平方。无单位，0 表示相同，越低看起来越像。"
            "在没有 LPIPS 时代替它。"
        ),
    },
    "damage": {"en": "How the picture is shrunk for the test", "zh": "测试时如何缩小图片"},
    "kernel": {"en": "Kernel", "zh": "插值核"},
    "blur_before": {"en": "Blur before (px)", "zh": "缩小前模糊（像素）"},
    "noise": {"en": "Noise after (of 255)", "zh": "缩小后噪声（以 255 计）"},
    "jpeg": {"en": "JPEG quality (0 = none)", "zh": "JPEG 质量（0 = 不压缩）"},
    "seed": {"en": "Seed", "zh": "随机种子"},
    "run": {"en": "Run", "zh": "运行"},
    "stop": {"en": "Stop", "zh": "停止"},
    "status": {"en": "Progress", "zh": "进度"},
    "starting": {"en": "Bicubic stands; the net begins.", "zh": "双三次结果已显示，网络开始运行。"},
    "tile": {
        "en": "Tile {done} of {total}, about {seconds} s left.",
        "zh": "第 {done} / {total} 块，约剩 {seconds} 秒。",
    },
    "done": {"en": "Done in {seconds} s.", "zh": "完成，用时 {seconds} 秒。"},
    "would_take": {
        "en": "This takes about {seconds} s here; press Run to begin.",
        "zh": "在这里大约需要 {seconds} 秒；按“运行”开始。",
    },
    "not_possible": {"en": "That was not possible", "zh": "无法完成"},
    "done_measuring": {"en": "Done in {seconds} s; measuring …", "zh": "完成，用时 {seconds} 秒；正在测量……"},
    "press_run": {"en": "Changed: press Run to see it.", "zh": "已更改：按“运行”查看。"},
    "stopped_early": {"en": "Stopped before the first tile.", "zh": "在第一块之前已停止。"},
    "stopped_comparing": {"en": "Stopped; the other nets were not run.", "zh": "已停止；其余网络未运行。"},
    "stopped_label": {"en": "stopped at {done} of {total}", "zh": "已停在 {done} / {total}"},
    "stopped": {
        "en": "Stopped at {done} of {total} tiles: no result, nothing to download.",
        "zh": "已停在第 {done} / {total} 块：没有结果，也没有可下载的文件。",
    },
    "viewer_slider": {"en": "slider", "zh": "滑块"},
    "viewer_side": {"en": "side by side", "zh": "并排"},
    "viewer_blink": {"en": "blink", "zh": "切换"},
    "viewer_difference": {"en": "difference", "zh": "差异"},
    "viewer_gain": {"en": "gain", "zh": "增益"},
    "viewer_fit": {"en": "fit", "zh": "适合"},
    "viewer_smooth": {"en": "smooth", "zh": "平滑"},
    "viewer_full": {"en": "full screen", "zh": "全屏"},
    "viewer_handle": {"en": "Divider between the two pictures", "zh": "两张图之间的分隔线"},
    "viewer_canvas": {
        "en": "The pictures; + and - zoom, 0 fits, 1 is pixel for pixel",
        "zh": "图片；+ 和 - 缩放，0 适合窗口，1 逐像素",
    },
    "viewer_bar": {"en": "How to look", "zh": "观看方式"},
    "viewer_modes": {"en": "Comparison", "zh": "比较方式"},
    "viewer_zooms": {"en": "Zoom", "zh": "缩放"},
    "viewer_first": {"en": "First picture", "zh": "第一张"},
    "viewer_second": {"en": "Second picture", "zh": "第二张"},
    "viewer_keys": {
        "en": "Keys: arrows, + - 0 1, s smooth, b blink, f full screen",
        "zh": "按键：方向键、+ - 0 1、s 平滑、b 切换、f 全屏",
    },
    "viewer_framed": {"en": "frame", "zh": "选框"},
    "viewer_frame": {
        "en": "Frame of what is compared; arrow keys or dragging move it",
        "zh": "要比较的区域；用方向键或拖动来移动",
    },
    "original": {"en": "original", "zh": "原图"},
    "left": {"en": "bicubic {size}", "zh": "双三次 {size}"},
    "right": {"en": "{net} {size}", "zh": "{net} {size}"},
    "partly_invented": {"en": "{label}, partly invented", "zh": "{label}（部分虚构）"},
    "error_map": {"en": "error of {net}", "zh": "{net} 的误差"},
    "legend": {"en": "0 to {top} grey levels and more", "zh": "0 至 {top} 灰度级及以上"},
    "answers": {"en": "Possible answers", "zh": "可能的答案"},
    "samples": {"en": "How many", "zh": "数量"},
    "temperature": {"en": "Temperature", "zh": "温度"},
    "temperature_help": {
        "en": "0 gives the mean, 1 what the net takes for likely.",
        "zh": "0 得到均值，1 得到网络认为可能的样本。",
    },
    "answer_seed": {"en": "Seed", "zh": "种子"},
    "consistent": {"en": "Shrinks back to your picture", "zh": "缩小后与您的图片一致"},
    "answers_mean": {"en": "mean", "zh": "均值"},
    "answer": {"en": "answer {number}, partly invented", "zh": "答案 {number}（部分虚构）"},
    "answers_spread": {"en": "where the answers differ", "zh": "答案的差异所在"},
    "answers_zip": {"en": "Answers (ZIP)", "zh": "答案（ZIP）"},
    "answers_begin": {"en": "Drawing {total} possible answers …", "zh": "正在抽取 {total} 个可能的答案……"},
    "answers_drawn": {
        "en": "{drawn} of {total} answers drawn; tile {done} of {steps}, about {seconds} s left.",
        "zh": "已抽取 {drawn} / {total} 个答案；第 {done} / {steps} 块，约剩 {seconds} 秒。",
    },
    "answers_none": {"en": "No possible answer could be drawn.", "zh": "没有抽取到可能的答案。"},
    "answers_one": {
        "en": "The mean and one possible answer, in {seconds}.",
        "zh": "均值与一个可能的答案，用时 {seconds}。",
    },
    "stopped_answers": {
        "en": "Stopped; the mean and the answers drawn so far stand.",
        "zh": "已停止；均值和已抽取的答案保留在页面上。",
    },
    "answers_done": {
        "en": "The mean and {count} possible answers, in {seconds}; the map shows where they differ.",
        "zh": "均值与 {count} 个可能的答案，用时 {seconds}；差异图显示它们在哪里不同。",
    },
    "answers_levels": {
        "en": (
            "At temperature {temperature} the {count} answers differ in brightness by {levels} grey levels of 255 "
            "(standard deviation at a pixel, mean over the picture)."
        ),
        "zh": "温度为 {temperature} 时，{count} 个答案的亮度相差 {levels} 个灰度级（共 255；逐像素标准差，取全图平均）。",
    },
    "answers_rank": {
        "en": (
            "On this picture the rank correlation of these differences with the mean's true error is {rank} "
            "(1: the map tells where the mean is wrong, 0: it does not)."
        ),
        "zh": "在这张图片上，这些差异与均值真实误差的等级相关为 {rank}（1：差异图能指出均值在哪里不准；0：不能）。",
    },
    "answers_rank_known": {
        "en": (
            "Whether that tells where the mean is wrong was measured on Set14, with 32 samples at temperature 1: rank "
            "correlation {rank} with the true error (the mean's own gradient: {gradient}; 1 is perfect, 0 says nothing)."
        ),
        "zh": (
            "这能否说明均值在哪里不准，已在 Set14 上用温度 1 的 32 个样本测量：与真实误差的等级相关为 {rank}"
            "（均值自身的梯度：{gradient}；1 为完全一致，0 为无关）。"
        ),
    },
    "disagreement": {"en": "where the nets disagree", "zh": "网络之间的分歧"},
    "waiting": {"en": "{net} is at work …", "zh": "{net} 正在计算……"},
    "example": {
        "en": "An example: {name}, shrunk by {scale} and enlarged again.",
        "zh": "示例：{name}，先缩小 {scale} 倍，再放大。",
    },
    "example_chart": {"en": "Test chart", "zh": "测试图"},
    "example_drawn": {
        "en": "An example: {name}, drawn at 1/{scale} of its size and enlarged.",
        "zh": "示例：{name}，按 1/{scale} 尺寸绘制后再放大。",
    },
    "waiting_turn": {"en": "Waiting for the net …", "zh": "正在等待网络……"},
    "example_colosseum": {"en": "Colosseum", "zh": "罗马斗兽场"},
    "example_astronaut": {"en": "Astronaut", "zh": "宇航员"},
    "example_kingfisher": {"en": "Kingfisher", "zh": "翠鸟"},
    "example_sign": {"en": "Road sign", "zh": "路牌"},
    "example_facade": {"en": "Facade", "zh": "建筑立面"},
    "example_flowers": {"en": "Flowers", "zh": "花朵"},
    "example_boats": {"en": "Old photo (scan)", "zh": "老照片（扫描）"},
    "example_dogs": {"en": "Dogs (JPEG)", "zh": "两只狗（JPEG）"},
    "download": {"en": "Download {kind} · {width} × {height}", "zh": "下载 {kind} · {width} × {height}"},
    "download_none": {"en": "Download", "zh": "下载"},
    "receipt": {"en": "receipt.json", "zh": "receipt.json"},
    "share": {"en": "Side-by-side picture", "zh": "并排对比图"},
    "share_part": {
        "en": "shown pixel for pixel: the {width}×{height} px where bicubic and the net differ most",
        "zh": "逐像素显示双三次与网络差别最大的 {width}×{height} 像素",
    },
    "smaller": {"en": "Make it smaller for me", "zh": "替我缩小"},
    "history": {"en": "Your last runs", "zh": "最近的运行"},
    "examples": {"en": "Examples", "zh": "示例"},
    "grid": {"en": "All nets on this part", "zh": "所有网络在此部分的结果"},
    "ticks": {"en": "In the viewer (six at most)", "zh": "在观看器中（最多六张）"},
    "six_at_most": {
        "en": "The viewer takes {count}; untick one first.",
        "zh": "观看器最多放 {count} 张；请先取消一张。",
    },
    "thumb": {"en": "Its middle, shrunk", "zh": "缩小后的中间部分"},
    "tools": {"en": "Lab tools", "zh": "实验工具"},
    "format": {"en": "File", "zh": "文件"},
    "format_png": {"en": "PNG", "zh": "PNG"},
    "format_png16": {"en": "PNG, 16 bit", "zh": "PNG，16 位"},
    "format_webp": {"en": "WebP, lossless", "zh": "WebP，无损"},
    "format_tiff16": {"en": "TIFF, 16 bit", "zh": "TIFF，16 位"},
    "format_jpeg": {"en": "JPEG", "zh": "JPEG"},
    "quality": {"en": "JPEG quality", "zh": "JPEG 质量"},
    "alpha": {"en": "Transparent parts", "zh": "透明部分"},
    "alpha_keep": {"en": "stay transparent", "zh": "保持透明"},
    "alpha_white": {"en": "on white", "zh": "置于白底"},
    "alpha_black": {"en": "on black", "zh": "置于黑底"},
    "tile_size": {"en": "Tile side", "zh": "分块边长"},
    "tile_auto": {"en": "automatic", "zh": "自动"},
    "ensemble": {"en": "Self-ensemble ×8", "zh": "自集成 ×8"},
    "ensemble_help": {
        "en": "The mean over eight turned and mirrored runs: a little closer, eight times as slow.",
        "zh": "八次旋转和镜像运行的平均：略微更接近，但慢八倍。",
    },
    "metadata": {"en": "Keep metadata", "zh": "保留元数据"},
    "metadata_help": {
        "en": "Camera, date and the like go into the result; the place never does.",
        "zh": "相机、日期等会写入结果；位置信息从不写入。",
    },
    "copy_link": {"en": "Copy a link to these settings", "zh": "复制这些设置的链接"},
    "shell": {"en": "Enlarge on the command line", "zh": "用命令行放大"},
    "curl": {"en": "Enlarge by curl, on this server", "zh": "用 curl 在本服务器上放大"},
    "python": {"en": "Enlarge in Python", "zh": "用 Python 放大"},
    "compare": {"en": "Compare all nets here", "zh": "在这里比较所有网络"},
    "back": {"en": "Back to the result", "zh": "返回结果"},
    "comparing": {"en": "Net {done} of {total}.", "zh": "第 {done} / {total} 个网络。"},
    "compared": {
        "en": "{width}×{height} px of the small picture, from where you looked, by {count} methods.",
        "zh": "小图中 {width}×{height} 像素，取自你所看的位置，共 {count} 种方法。",
    },
    "compared_measured": {
        "en": " dB: PSNR on Y of this part alone.",
        "zh": " dB：仅此部分的 Y 通道 PSNR。",
    },
    "compared_inventive": {
        "en": " Contains invented detail: {nets}. Faces, text and number plates may be wrong. Not for evidence or diagnosis.",
        "zh": "含有虚构的细节：{nets}。人脸、文字和车牌可能是错的。不可用作证据或诊断。",
    },
    "compared_distance": {"en": " Second number: {distance}, 0 is equal.", "zh": "第二个数字：{distance}，0 为相同。"},
    "delete": {"en": "Delete now", "zh": "立即删除"},
    "deleted": {"en": "Your pictures are deleted from this server.", "zh": "你的图片已从服务器删除。"},
    "privacy": {
        "en": "Pictures and results are each kept on this server for one hour at most, 2 GB in all, and only you are given them.",
        "zh": "图片和结果在服务器上各自最多保存一小时，总共不超过 2 GB，只提供给你自己。",
    },
    "measuring": {"en": "Measuring …", "zh": "正在测量……"},
    "closer": {"en": "closer than bicubic", "zh": "比双三次更接近"},
    "equal_to": {"en": "as close as bicubic", "zh": "与双三次一样接近"},
    "further": {"en": "further away than bicubic", "zh": "不如双三次接近"},
    "sentence_test": {
        "en": "Against the original: {verdict}. PSNR {psnr} dB (bicubic {bicubic_psnr}{gain}), SSIM {ssim} ({bicubic_ssim}).",
        "zh": "与原图比较：{verdict}。PSNR {psnr} dB（双三次 {bicubic_psnr}{gain}），SSIM {ssim}（{bicubic_ssim}）。",
    },
    "sentence_self": {
        "en": (
            "On a shrunk copy of your picture: {verdict}. "
            "PSNR {psnr} dB (bicubic {bicubic_psnr}{gain}), SSIM {ssim} ({bicubic_ssim})."
        ),
        "zh": (
            "在你图片的缩小副本上：{verdict}。"
            "PSNR {psnr} dB（双三次 {bicubic_psnr}{gain}），SSIM {ssim}（{bicubic_ssim}）。"
        ),
    },
    "help_numbers": {"en": "What do these numbers mean?", "zh": "这些数字是什么意思？"},
    "help_sentence": {
        "en": (
            "PSNR says how close the pixels are to the original's, in decibels: +1 dB is a visible step, and above 40 dB "
            "hardly anyone sees a difference. SSIM compares structure, 1 is equal. Neither says that a detail is true: "
            "a net can only guess what the small picture no longer holds."
        ),
        "zh": (
            "PSNR 表示像素与原图的接近程度，单位是分贝：高 1 dB 就看得出来，超过 40 dB 几乎看不出差别。"
            "SSIM 比较结构，1 表示相同。两者都不能说明细节是真的：小图里没有的，网络只能猜。"
        ),
    },
    "self_help": {
        "en": (
            "Shrinking hides grain and JPEG marks, so this is the best case; "
            "it does not measure the enlargement that you see."
        ),
        "zh": "缩小会掩盖颗粒和 JPEG 痕迹，所以这是最好的情况；它不衡量你看到的放大结果。",
    },
    "sentence_none": {"en": "No quality number: {reason}", "zh": "没有质量数字：{reason}"},
    "reason_no_original": {"en": "PSNR and SSIM need an original.", "zh": "PSNR 和 SSIM 需要原图。"},
    "reason_too_small": {
        "en": "the picture is smaller than 11 pixels inside its border.",
        "zh": "去掉边缘后图片不足 11 像素。",
    },
    "reason_no_edges": {
        "en": "No edge agreement: neither picture has an edge.",
        "zh": "没有边缘一致性：两张图都没有边缘。",
    },
    "reason_no_features": {
        "en": "No perceptual distance: its pretrained features are not on this server.",
        "zh": "没有感知距离：本服务器上没有它所需的预训练特征。",
    },
    "reason_too_small_for_lpips": {
        "en": "No perceptual distance: it needs a shorter side of 32 pixels within the border.",
        "zh": "没有感知距离：除去边缘后，短边至少要有 32 像素。",
    },
    "reason_too_large_for_lpips": {
        "en": "No perceptual distance: it is measured up to 4 megapixels.",
        "zh": "没有感知距离：只测量不超过 400 万像素的图片。",
    },
    "reason_too_large_for_edges": {
        "en": "No edge agreement: it is measured up to 4 megapixels.",
        "zh": "没有边缘一致性：只测量不超过 400 万像素的图片。",
    },
    "reason_too_small_to_describe": {
        "en": "Some descriptions are missing: the picture is too small for them.",
        "zh": "缺少部分描述：图片太小。",
    },
    "reason_nothing_varies": {
        "en": "Some descriptions are missing: the picture is the same everywhere.",
        "zh": "缺少部分描述：图片各处相同。",
    },
    "reason_grey": {"en": "No colour shift: the picture is grey.", "zh": "没有色差：图片是灰度的。"},
    "reason_self_check_too_small": {
        "en": "your picture is too small for the self-check; shrunk, it would have a side under 32 pixels.",
        "zh": "图片太小，无法自检；缩小后有一边不足 32 像素。",
    },
    "consistency_yes": {
        "en": "Shrinks back to the small picture: yes. It agrees with the pixels given, their noise included; that does not prove it right.",
        "zh": "缩小后能还原小图：是。它与给定的像素（包括噪声）一致，但这不证明它是对的。",
    },
    "consistency_nearly": {
        "en": "Shrinks back to the small picture: nearly. It is softer or sharper than the pixels given.",
        "zh": "缩小后能还原小图：接近。它比给定的像素更柔和或更锐利。",
    },
    "consistency_no": {
        "en": "Shrinks back to the small picture: no. It contradicts the pixels given.",
        "zh": "缩小后能还原小图：否。它与给定的像素矛盾。",
    },
    "measure": {"en": "Measure", "zh": "测量"},
    "column_metric": {"en": "Measure", "zh": "指标"},
    "column_bicubic": {"en": "Bicubic", "zh": "双三次"},
    "column_change": {"en": "Change", "zh": "变化"},
    "psnr_y": {"en": "PSNR, Y (dB)", "zh": "PSNR，Y（dB）"},
    "ssim_y": {"en": "SSIM, Y", "zh": "SSIM，Y"},
    "psnr_rgb": {"en": "PSNR, RGB (dB)", "zh": "PSNR，RGB（dB）"},
    "ssim_rgb": {"en": "SSIM, RGB", "zh": "SSIM，RGB"},
    "lpips_alex": {"en": "Perceptual distance (LPIPS, AlexNet)", "zh": "感知距离（LPIPS，AlexNet）"},
    "edges": {"en": "Edge agreement (F1)", "zh": "边缘一致性（F1）"},
    "lr_consistency": {"en": "LR-consistency (dB)", "zh": "低分辨率一致性（dB）"},
    "described": {"en": "Descriptions (not scores)", "zh": "描述（不是评分）"},
    "sharpness": {"en": "Sharpness (also noise and ringing)", "zh": "锐度（也包括噪声和振铃）"},
    "contrast": {"en": "Contrast (RMS)", "zh": "对比度（RMS）"},
    "blur": {"en": "Blur, 0 to 1", "zh": "模糊度，0 到 1"},
    "jaggedness": {"en": "Jaggedness, 0 to 1", "zh": "锯齿度，0 到 1"},
    "colour_shift": {"en": "Colour shift (CIEDE2000)", "zh": "颜色偏移（CIEDE2000）"},
    "self_psnr_y": {"en": "Self-check PSNR, Y (dB)", "zh": "自检 PSNR，Y（dB）"},
    "self_ssim_y": {"en": "Self-check SSIM, Y", "zh": "自检 SSIM，Y"},
    "help_on": {"en": "What is {name}?", "zh": "什么是{name}？"},
    "help_psnr_y": {
        "en": (
            "How close the brightness of the pixels is to the original's, in decibels; higher is closer. "
            "It is no measure of beauty: a soft picture can have more than one that looks better."
        ),
        "zh": "像素亮度与原图有多接近，单位为分贝，越高越接近。它不衡量美观：柔和的图片可能比看起来更好的图片数值更高。",
    },
    "help_ssim_y": {
        "en": (
            "How alike the brightness is in mean, contrast and structure, patch by patch; no unit, 1 is equal, "
            "higher is closer. It is not the share of pixels that are right."
        ),
        "zh": "逐块比较亮度的均值、对比度和结构有多相似；无单位，1 表示相同，越高越接近。它不是正确像素的比例。",
    },
    "help_psnr_rgb": {
        "en": (
            "PSNR of red, green and blue, in decibels; higher is closer. "
            "Wrong colours count, but not by how wrong they look."
        ),
        "zh": "红、绿、蓝三个通道的 PSNR，单位为分贝，越高越接近。颜色误差也计算在内，但不代表看起来错得有多明显。",
    },
    "help_ssim_rgb": {
        "en": (
            "SSIM of red, green and blue, averaged; no unit, 1 is equal, higher is closer. "
            "It is not the share of pixels that are right."
        ),
        "zh": "红、绿、蓝三个通道 SSIM 的平均；无单位，1 表示相同，越高越接近。它不是正确像素的比例。",
    },
    "help_lpips_alex": {
        "en": (
            "How different the two look to a net trained to tell objects apart: 0 for equal pictures, lower is better. "
            "It forgives grain of the right kind and punishes blur; it does not say that a detail is true."
        ),
        "zh": "在一个识别物体的网络看来两张图有多不同：相同为 0，越低越好。它容忍合理的颗粒、惩罚模糊；但不说明细节是真实的。",
    },
    "help_edges": {
        "en": (
            "Whether edges lie where the original's lie, within one pixel: the F1 score of missed and invented edges, "
            "from 0 to 1, higher is better. It says nothing about colour, and little about sharpness."
        ),
        "zh": "边缘是否与原图的边缘重合（允许相差一个像素）：综合遗漏和虚构边缘的 F1 值，从 0 到 1，越高越好。它与颜色无关，也很少反映锐度。",
    },
    "help_lr_consistency": {
        "en": (
            "The result is shrunk again and compared with the small picture, in decibels; "
            "from 40 on it shrinks back to it, under 30 it does not. It does not prove that the added detail is right."
        ),
        "zh": "把结果再缩小，与小图比较，单位为分贝；40 及以上算能还原，30 以下算不能。它不证明添加的细节是对的。",
    },
    "help_self_psnr_y": {
        "en": (
            "Your picture is shrunk, enlarged again and compared with itself, in decibels; higher is closer. "
            "It does not measure the enlargement that you see."
        ),
        "zh": "把你的图片缩小、再放大，与它自己比较，单位为分贝，越高越接近。它不衡量你看到的放大结果。",
    },
    "help_self_ssim_y": {
        "en": (
            "SSIM of your picture, shrunk and enlarged again, against itself; no unit, 1 is equal, higher is closer. "
            "It does not measure the enlargement that you see."
        ),
        "zh": "你的图片缩小再放大后与它自己的 SSIM；无单位，1 表示相同，越高越接近。它不衡量你看到的放大结果。",
    },
    "help_sharpness": {
        "en": (
            "How strongly brightness changes from pixel to pixel: the variance of its Laplacian, in squared grey levels; "
            "higher is sharper. Noise and ringing raise it too, so more is not always better."
        ),
        "zh": "相邻像素亮度变化的强烈程度：拉普拉斯值的方差，单位为灰度级的平方，越高越锐。噪声和振铃也会使它升高，所以并非越高越好。",
    },
    "help_contrast": {
        "en": (
            "How far brightness spreads around its mean: the standard deviation, from 0 to 0.5. "
            "It belongs to the picture: a large change means other tones, not better ones."
        ),
        "zh": "亮度围绕平均值的分散程度：标准差，从 0 到 0.5。它取决于图片本身：变化大说明影调变了，不说明更好。",
    },
    "help_blur": {
        "en": (
            "How little the picture changes when it is blurred once more, from 0 (sharp) to 1 (blurred). "
            "Noise lowers it too, so less is not always better."
        ),
        "zh": "再模糊一次时图片变化有多小，从 0（清晰）到 1（模糊）。噪声也会使它降低，所以并非越低越好。",
    },
    "help_jaggedness": {
        "en": (
            "How much edges change direction within a few pixels, from 0 (straight) to 1; stairs along edges raise it. "
            "Corners, texture and noise do too, and blur lowers it, so less is not always better."
        ),
        "zh": "边缘在几个像素之内改变方向的程度，从 0（平直）到 1；边缘上的阶梯会使它升高。拐角、纹理和噪声也会，模糊则使它降低，所以并非越低越好。",
    },
    "help_colour_shift": {
        "en": (
            "The mean colour difference between the result, shrunk again, and the small picture, in CIEDE2000 units; "
            "lower is closer, about 1 is just visible. It does not show small spots of wrong colour."
        ),
        "zh": "结果缩小后与小图的平均颜色差异，单位为 CIEDE2000，越低越接近，约 1 刚好可见。它显示不出小块的颜色错误。",
    },
    "equal": {"en": "∞ (equal)", "zh": "∞（相同）"},
    "absent": {"en": "–", "zh": "–"},
    "protocol": {
        "en": "Protocol: Y of BT.601, {border} px cut at the border, 8-bit file, LR: {lr}.{white}",
        "zh": "测量方法：BT.601 的 Y，边缘裁去 {border} 像素，8 位文件，低分辨率图：{lr}。{white}",
    },
    "said_blur": {"en": "blur {value:g} px", "zh": "模糊 {value:g} 像素"},
    "said_noise": {"en": "noise {value:g}/255 (seed {seed})", "zh": "噪声 {value:g}/255（种子 {seed}）"},
    "said_jpeg": {"en": "JPEG {value}", "zh": "JPEG {value}"},
    "kernel_nearest": {"en": "nearest", "zh": "最近邻"},
    "kernel_bilinear": {"en": "bilinear", "zh": "双线性"},
    "kernel_bicubic": {"en": "MATLAB bicubic", "zh": "MATLAB 双三次"},
    "kernel_lanczos": {"en": "Lanczos", "zh": "Lanczos"},
    "kernel_gaussian": {"en": "gaussian", "zh": "高斯"},
    "protocol_upload": {"en": "your picture", "zh": "你的图片"},
    "protocol_white": {"en": " Transparent parts on white.", "zh": "透明部分置于白底。"},
    "inventive": {
        "en": ("Contains invented detail. Faces, text and number plates may be wrong. Not for evidence or diagnosis."),
        "zh": "含有虚构的细节。人脸、文字和车牌可能是错的。不可用作证据或诊断。",
    },
}
ERRORS_ZH = {
    "empty": "文件是空的；请选择有内容的图片文件。",
    "file_too_large": "文件有 {megabytes:.1f} MiB，上限是 {limit} MiB；请存得小一些或存为 JPEG。",
    "unsupported_format": "不支持 {kind} 文件；请把图片存为 PNG、JPEG、WebP、BMP、TIFF、GIF 或 AVIF。",
    "not_an_image": "这个文件不是可读取的图片；请选择 PNG、JPEG、WebP、BMP、TIFF、GIF 或 AVIF 文件。",
    "unsupported_mode": "不支持 {kind} 数值的图片；请存为每通道 8 位或 16 位。",
    "too_large": "图片为 {width}×{height} 像素，总像素上限是 {limit}；请裁剪或缩小。",
    "too_many_pixels": "图片的像素远超上限 {limit}；请裁剪或缩小。",
    "too_large_for_sr": "把 {width}×{height} 放大 {scale} 倍会有 {pixels} 像素，上限是 {limit}；请裁剪或缩小图片，或在可能时选更小的倍数。",
    "truncated": "图片文件不完整；请重新下载或保存。",
    "corrupt": "图片文件已损坏，无法读取；请用原来的程序重新保存。",
    "size_in_test": "只有放大时才能指定尺寸；测试时请选择 ×2、×3、×4 或 ×8。",
    "too_small_to_test": "图片为 {width}×{height}，太小，无法缩小 {scale} 倍；测试要求短边至少 {limit} 像素。",
    "original_size": "原图为 {width}×{height}，但 ×{scale} 时必须是 {expected}；请选择对应的倍数或文件。",
    "no_original": "还没有原图；请在小图旁边上传它。",
    "no_picture": "还没有图片；请上传一张。",
    "file_missing": "{path} 不存在；请检查路径。",
    "cannot_read": "无法读取 {path}（{reason}）；请检查它是什么以及权限。",
    "too_long_for_format": "{kind} 文件每边最多 {limit} 像素，而结果为 {width}×{height}；请选择 PNG 或 TIFF。",
    "same_target": "{first} 和 {second} 都会变成 {target}；请分别放大到不同的文件夹。",
    "cannot_write": "无法写入 {path}（{reason}）；请换一个位置。",
    "out_of_range": "{name} 是 {value}，必须在 {low} 和 {high} 之间；请修改。",
    "unknown_choice": "{name} 是 {value}，必须是 {known} 之一；请修改。",
    "bad_size": "看不懂尺寸 {words}，或它不在图片的 1 到 8 倍之间；例如可写 1920、1080 high、1.5x 或 150 %。",
    "size_not_reached": "{width}×{height} 超过图片的 {scale} 倍，这个网络做不到；请选更小的尺寸或换一个网络。",
    "unknown_architecture": "没有名为 {name} 的结构；请从 {known} 中选择。",
    "bad_config": "{name} 没有 {key} 这个设置；它的设置有 {known}。",
    "unknown_kernel": "没有名为 {name} 的插值核；请从 {known} 中选择。",
    "bad_device": "这里没有设备 {name}；请从 {known} 中选择。",
    "bad_dtype": "不认识精度 {name}；请从 {known} 中选择。",
    "one_answer": "{name} 只有一个答案，不能抽样；请选择 VAE。",
    "samples_too_large": "这张图片一次抽取 {samples} 个样本太多，最多 {limit} 个；请减少数量或裁剪图片。",
    "sample_dropped": "样本 {sample} 含有非数值，已略去；请换一个种子。",
    "tile_too_small": "分块边长是 {value}，至少要 {low}；请选大一些。",
    "out_of_memory": "内存不够，最小的分块也放不下；请关闭其他程序或裁剪图片。",
    "too_slow": "运行超过了 {minutes} 分钟的上限；请选更快的网络或更小的图片。",
    "unknown_checkpoint": "{places} 中没有名为 {name} 的检查点；请从 {known} 中选择。",
    "hub_owner_unset": "{places} 中没有名为 {name} 的检查点，又因为没有设置 SR_LAB_HUB_OWNER 而未查询 Hub；请设置它，或从 {known} 中选择。",
    "scale_conflict": "{ref} 用于 ×{found}，不是 ×{scale}；请用 ×{found} 或换一个检查点。",
    "scale_missing": "{ref} 没有写明倍数；请加上，例如 {ref}_x4。",
    "bad_checkpoint": "{path} 不是可用的检查点：{reason}；请换一个文件或重新下载。",
    "hub_unreachable": "无法取得 {ref}，因为 Hub 没有应答；请检查网络后再试。",
    "hub_missing": "Hub 上没有找到 {ref}；请检查所有者、名称和版本。",
    "hub_too_large": "{ref} 有 {megabytes:.0f} MiB，上限是 {limit} MiB；请选更小的检查点。",
    "hub_bad_reference": "{ref} 不是 Hub 的引用；请写 owner/repo 或 owner/repo@revision。",
    "no_pictures": "在 {path} 中没有找到可读取的图片；请给出有图片文件的文件夹。",
    "size_mismatch": "{name} 为 {width}×{height}，但需要 {expected}；请给出相配的文件。",
    "bad_recipe": "{path} 不是配方：{reason}；例子见 training/recipes。",
    "no_tiles": "在 {path} 中没有边长至少 {limit} 像素的训练图片（{damaged} 个损坏，{small} 个太小）；请给出更多或更大的图片。",
    "not_finite": "训练停在第 {step} 步，因为损失不是有限数；请降低学习率。",
    "no_partner": "{name} 没有可混合的实测网络；请去掉混合，或选择会虚构细节的网络。",
    "partner_missing": "{name} 由 {partner} 继续训练而来，而后者不在这里，因此无法混合；请把它放在一起，或去掉混合。",
    "partner_differs": "{name} 与 {partner} 的大小不同，无法混合；请去掉混合。",
    "critic_missing": "×{scale} 没有训练判别器；请在有判别器的倍数上查看。",
    "critic_too_large": "结果为 {width}×{height}，判别器最多查看 {limit} 像素；请选更小的图片或倍数。",
    "critic_needs_result": "还没有可供判别器查看的结果；请先运行。",
    "features_missing": "内容和风格损失需要预训练特征，而 {path} 不在这里；请运行 python training/features.py，或设 content=0 style=0。",
    "ensemble_stamp": "卡片记录的是单个网络的数字，不是自集成或混合的；请去掉 --stamp，或去掉 --ensemble 和 --mix。",
    "not_exportable": "{name} 不能写成 {format}，因为它的计算取决于图片的尺寸；请选在小图上做卷积的网络。",
    "bench_reference": "时间是相对 {name} 的比值，而它不在这里；请先训练或下载它。",
    "package_missing": "{what} 需要 {package}，这里没有安装；请运行 pip install {package}。",
    "no_gain": "训练在 {minutes:.0f} 分钟后停止，因为网络不比双三次好（{value:.2f} 对 {baseline:.2f} dB）；请检查数据和学习率。",
    "bad_share": "{batch} 个样本不能由 {count} 个进程平分；请选择能整除它的进程数。",
    "sweep_needs_val": "比较学习率需要验证图片，但没有给出；请加上 --val。",
    "other_base": "{base} 不是 {net} 所包含的网络；请在配方中换一个 base。",
    "no_state": "{path} 中没有可继续的状态；请不带 --resume 开始。",
    "state_mismatch": "{path} 中的状态属于另一次训练（{reason}）；请换一个文件夹。",
    "net_not_there": "×{scale} 没有 {net}；请换一个网络或倍数。",
    "upload_gone": "图片已不再保存在服务器上；请重新上传。",
    "gone": "这个结果已不再保存；请重新运行。",
    "unexpected": "发生了不该发生的错误；请再试一次，或换一张图片。",
}


def text(code: str, lang: str, **facts: object) -> str:
    """Return the string of a code in a language, with its facts filled in."""
    return CATALOGUE[code][lang].format(**facts)


def duration(seconds: float) -> str:
    """Write seconds with as many digits as matter: 0.04, 0.5, 3.2, 41."""
    return f"{seconds:.2f}" if seconds < 0.1 else f"{seconds:.1f}" if seconds < 10 else f"{seconds:.0f}"


def error_text(error: SRError, lang: str) -> str:
    """Return an error's sentence in a language."""
    sentence = ERRORS_ZH[error.code] if lang == "zh" else SENTENCES[error.code]
    return sentence.format(**error.facts)


def choose_language(query: str | None, accept: str | None) -> str:
    """Return `?lang=` where it is known, else the first known language of the browser, else English."""
    wanted = [query or "", *(part.split(";")[0].strip() for part in (accept or "").split(","))]
    for tag in wanted:
        if (short := tag.lower().split("-")[0]) in LANGUAGES:
            return short
    return "en"
